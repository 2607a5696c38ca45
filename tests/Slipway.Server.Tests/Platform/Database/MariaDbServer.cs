using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Server.Tests.Platform.Database;

/// <summary>A real MariaDB with a folder of its own. It does not run as root, so root hands it to the user that packages make for it.</summary>
internal sealed class MariaDbServer : IDisposable
{
    private static readonly string? Program = Find("mariadbd");
    private static readonly string? Installer = Find("mariadb-install-db");

    private readonly string _folder;
    private readonly StringBuilder _log = new();
    private Process? _process;

    private MariaDbServer(string folder, int port) => (_folder, Port) = (folder, port);

    public int Port { get; }

    /// <summary>Who vouches for it: the file of the certificate that it shows.</summary>
    public string Authority => Path.Combine(_folder, "server.pem");

    public static async Task<MariaDbServer> StartAsync()
    {
        Requirement.Check(Program is not null && Installer is not null, "MariaDB (mariadbd, mariadb-install-db) is not installed.");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var server = new MariaDbServer(Directory.CreateTempSubdirectory("slipway-mariadb-").FullName, ((IPEndPoint)probe.LocalEndpoint).Port);
        probe.Stop();
        try
        {
            await server.InstallAsync();
            await server.ListensAsync();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public string Url(string database) => $"mysql+pymysql://root@127.0.0.1:{Port}/{database}";

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit();
        }
        _process?.Dispose();
        TestData.Delete(_folder);
    }

    private static string? Find(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private async Task InstallAsync()
    {
        var key = Path.Combine(_folder, "server.key");
        Certificate.Write(Authority, key);
        string[] owner = [];
        if (Environment.IsPrivilegedProcess)
        {
            owner = ["--user=mysql"];
            using var chown = Process.Start("chown", ["-R", "mysql", _folder]);
            await chown.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        var data = Path.Combine(_folder, "data");
        using var install = Start(
            Installer!, ["--no-defaults", .. owner, $"--datadir={data}", "--skip-test-db", "--auth-root-authentication-method=normal"]);
        await install.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(install.ExitCode == 0, _log.ToString());
        _process = Start(Program!,
        [
            "--no-defaults", .. owner, $"--datadir={data}", $"--port={Port}", "--bind-address=127.0.0.1", $"--socket={Path.Combine(_folder, "socket")}",
            "--max-connections=1000", "--innodb-buffer-pool-size=32M", "--innodb-flush-log-at-trx-commit=0", "--skip-name-resolve",
            // What it holds goes with the test run: nothing of it waits for a disk that others keep busy.
            "--innodb-flush-method=nosync", "--innodb-doublewrite=0", "--sync-frm=0",
            $"--ssl-cert={Authority}", $"--ssl-key={key}",
        ]);
    }

    private Process Start(string program, string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private void Note(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }

    private async Task ListensAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Port, TestContext.Current.CancellationToken);
                return;
            }
            catch (SocketException) when (!_process!.HasExited)
            {
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }
    }
}
