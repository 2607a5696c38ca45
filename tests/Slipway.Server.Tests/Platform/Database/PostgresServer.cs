using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Server.Tests.Platform.Database;

/// <summary>A real PostgreSQL with a cluster of its own. It does not run as root, so root hands it to the user that packages make for it.</summary>
internal sealed class PostgresServer : IDisposable
{
    private static readonly string? Programs = FindPrograms();

    private readonly string _folder;
    private readonly int _port;

    private PostgresServer(string folder, int port) => (_folder, _port) = (folder, port);

    public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=postgres;Database=postgres;Timeout=5";

    public int Port => _port;

    public string Url(string database) => $"postgresql+psycopg2://postgres@127.0.0.1:{_port}/{database}?connect_timeout=5";

    public static async Task<PostgresServer> StartAsync()
    {
        Requirement.Check(Programs is not null, "PostgreSQL (initdb, pg_ctl) is not installed.");
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var server = new PostgresServer(
            Directory.CreateTempSubdirectory("slipway-postgres-").FullName, ((IPEndPoint)probe.LocalEndpoint).Port);
        probe.Stop();
        if (Environment.IsPrivilegedProcess)
        {
            await RunAsync("chown", "postgres", server._folder);
        }
        await AsOwnerAsync("initdb", "-D", server.Cluster, "-A", "trust", "-U", "postgres", "--no-sync");
        await server.ResumeAsync();
        return server;
    }

    public Task ResumeAsync() => AsOwnerAsync(
        "pg_ctl", "-D", Cluster, "-w", "-l", Path.Combine(_folder, "log"),
        "-o", $"-p {_port} -h 127.0.0.1 -k {_folder} -c fsync=off -c max_connections=500", "start");

    public Task StopAsync() => AsOwnerAsync("pg_ctl", "-D", Cluster, "-m", "immediate", "-w", "stop");

    public void Dispose()
    {
        if (File.Exists(Path.Combine(Cluster, "postmaster.pid")))
        {
            StopAsync().GetAwaiter().GetResult();
        }
        Directory.Delete(_folder, recursive: true);
    }

    private string Cluster => Path.Combine(_folder, "cluster");

    private static Task AsOwnerAsync(string program, params string[] arguments) => Environment.IsPrivilegedProcess
        ? RunAsync("runuser", ["-u", "postgres", "--", Path.Combine(Programs!, program), .. arguments])
        : RunAsync(Path.Combine(Programs!, program), arguments);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        // The server it starts would hold a redirected output open for ever.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null 2>&1", program, .. arguments])
        {
            WorkingDirectory = "/",
        })!;
        await process.WaitForExitAsync(CancellationToken.None);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }

    private static string? FindPrograms()
    {
        var packaged = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin"))
            : [];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(packaged)
            .FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")) && File.Exists(Path.Combine(folder, "pg_ctl")));
    }
}
