using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Commands;

/// <summary>The real program as a server, in a process and with a data folder of its own.</summary>
internal sealed partial class ServingProgram : IDisposable
{
    private readonly Process _process;
    private readonly string _data;

    private ServingProgram(Process process, string data, string url)
    {
        (_process, _data) = (process, data);
        Http = new HttpClient { BaseAddress = new Uri(url), Timeout = RunningServer.Longest };
    }

    public HttpClient Http { get; }

    /// <summary>The memory that it holds now and the most that it ever held, in bytes.</summary>
    public (long Now, long Most) Memory
    {
        get
        {
            var lines = File.ReadAllLines($"/proc/{_process.Id}/status");
            long Of(string name) => long.Parse(
                lines.First(line => line.StartsWith(name, StringComparison.Ordinal))[(name.Length + 1)..^2], CultureInfo.InvariantCulture) * 1024;
            return (Of("VmRSS"), Of("VmHWM"));
        }
    }

    /// <summary>The files that it has mapped.</summary>
    public IEnumerable<string> MappedFiles => File.ReadLines($"/proc/{_process.Id}/maps")
        .Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries)).Where(parts => parts.Length == 6).Select(parts => parts[5]).Distinct();

    public static Task<ServingProgram> StartAsync((string Name, string Value)[] variables, params string[] arguments) =>
        StartInAsync(Directory.CreateTempSubdirectory("slipway-data-").FullName, variables, arguments);

    /// <summary>With a data folder that others may use too; whoever is disposed of first takes it along.</summary>
    public static async Task<ServingProgram> StartInAsync(string data, (string Name, string Value)[] variables, params string[] arguments)
    {
        var process = SlipwayProgram.Start([.. variables, ("SLIPWAY_DATA", data)], ["serve", "--port", "0", .. arguments]);
        var log = "";
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            log += line + "\n";
            if (Address().Match(line) is { Success: true } match)
            {
                // Read on, or the program would wait for room in the pipe.
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
                return new ServingProgram(process, data, match.Groups[1].Value);
            }
        }

        throw new InvalidOperationException($"It did not start. {log}{await process.StandardError.ReadToEndAsync(CancellationToken.None)}");
    }

    /// <summary>As a machine ends it that runs out of memory: this process alone, without a word.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Http.Dispose();
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
        TestData.Delete(_data);
    }

    [GeneratedRegex(@"listens on (http://\S+);")]
    private static partial Regex Address();
}
