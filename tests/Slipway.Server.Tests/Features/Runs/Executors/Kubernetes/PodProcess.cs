using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>
/// A container that is a process of this host. It has no file system of its own: mounts are folders, and their paths are replaced in
/// what the container is told.
/// </summary>
internal sealed partial class PodProcess(ClusterStore store, JsonObject pod, string root, string claims)
{
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<string, string> _folders = [];
    private Process? _process;
    private volatile bool _isKilled;

    public PodLog Log { get; } = new();

    public string Uid => pod["metadata"]!["uid"]!.GetValue<string>();

    private string Namespace => pod["metadata"]!["namespace"]!.GetValue<string>();

    private JsonObject Spec => pod["spec"]!.AsObject();

    private JsonObject Container => Spec["containers"]![0]!.AsObject();

    /// <summary>What must be there before it can start, and is not.</summary>
    public string? Missing()
    {
        var secrets = (Container["envFrom"] as JsonArray ?? []).Select(from => ("secrets", from!["secretRef"]?["name"]?.GetValue<string>()));
        var maps = (Spec["volumes"] as JsonArray ?? []).Select(volume => ("configmaps", volume!["configMap"]?["name"]?.GetValue<string>()));
        return secrets.Concat(maps).Where(one => one.Item2 is not null && store.Find(one.Item1, Namespace, one.Item2) is null)
            .Select(one => $"{one.Item1.TrimEnd('s')} \"{one.Item2}\" not found").FirstOrDefault();
    }

    /// <summary>Runs it to its end and gives the exit code.</summary>
    public async Task<int> RunAsync()
    {
        MakeMounts();
        var environment = EnvironmentOf();
        var order = Strings("command").Concat(Strings("args")).Select(text => InHost(Expand(text, environment))).ToList();
        var start = new ProcessStartInfo(order[0], order.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = InHost(value);
        }
        start.Environment["PATH"] = "/usr/local/bin:/usr/bin:/bin";
        start.Environment["STANDIN_POD"] = Uid;
        start.WorkingDirectory = Container["workingDir"]?.GetValue<string>() is { } folder ? InHost(folder) : root;
        _process = Process.Start(start)!;
        _started.SetResult();
        if (_isKilled)
        {
            // Before there was anything to kill.
            Kill();
        }
        var streams = Task.WhenAll(Log.TakeAsync(_process.StandardOutput.BaseStream), Log.TakeAsync(_process.StandardError.BaseStream));
        while (!_process.HasExited)
        {
            // Not WaitForExitAsync: that waits for the streams, which what forked away may hold.
            await Task.Delay(20);
        }
        Kill();
        await streams;
        Log.Close();
        return _process.ExitCode;
    }

    /// <summary>TERM to the first process alone, as a runtime does.</summary>
    public async Task TerminateAsync()
    {
        await _started.Task;
        _ = Signal(_process!.Id, 15);
    }

    /// <summary>The kernel ends all that is in a container.</summary>
    public void Kill()
    {
        _isKilled = true;
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            if (IsOurs(folder))
            {
                _ = Signal(int.Parse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture), 9);
            }
        }
    }

    private bool IsOurs(string folder)
    {
        try
        {
            return File.ReadAllBytes(folder + "/environ").AsSpan().IndexOf(Encoding.ASCII.GetBytes("STANDIN_POD=" + Uid)) >= 0;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private void MakeMounts()
    {
        Directory.CreateDirectory(root);
        foreach (var mount in (Container["volumeMounts"] as JsonArray ?? []).OrderBy(mount => mount!["mountPath"]!.GetValue<string>().Length))
        {
            var (path, part) = (mount!["mountPath"]!.GetValue<string>(), mount["subPath"]?.GetValue<string>() ?? "");
            var volume = Spec["volumes"]!.AsArray().Single(one => one!["name"]!.GetValue<string>() == mount["name"]!.GetValue<string>())!;
            if (volume["configMap"] is { } map)
            {
                Copy(map, part, InHost(path));
                continue;
            }
            _folders[path] = volume["persistentVolumeClaim"] is { } claim
                ? Path.Combine(claims, claim["claimName"]!.GetValue<string>(), part)
                : Path.Combine(root, volume["name"]!.GetValue<string>());
            Directory.CreateDirectory(_folders[path]);
        }
    }

    private void Copy(JsonNode map, string part, string target)
    {
        var data = store.Find("configmaps", Namespace, map["name"]!.GetValue<string>())!["binaryData"]!;
        foreach (var item in map["items"]!.AsArray())
        {
            var path = item!["path"]!.GetValue<string>();
            if (path == part || path.StartsWith(part + "/", StringComparison.Ordinal))
            {
                var file = target + path[part.Length..];
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllBytes(file, Convert.FromBase64String(data[item["key"]!.GetValue<string>()]!.GetValue<string>()));
            }
        }
    }

    private Dictionary<string, string> EnvironmentOf()
    {
        var all = new Dictionary<string, string>();
        foreach (var from in Container["envFrom"] as JsonArray ?? [])
        {
            foreach (var (name, value) in store.Find("secrets", Namespace, from!["secretRef"]!["name"]!.GetValue<string>())!["data"]!.AsObject())
            {
                all[name] = Encoding.UTF8.GetString(Convert.FromBase64String(value!.GetValue<string>()));
            }
        }
        foreach (var one in Container["env"] as JsonArray ?? [])
        {
            all[one!["name"]!.GetValue<string>()] = Expand(one["value"]?.GetValue<string>() ?? "", all);
        }
        return all;
    }

    private IEnumerable<string> Strings(string name) => (Container[name] as JsonArray ?? []).Select(part => part!.GetValue<string>());

    private string InHost(string text) =>
        _folders.OrderByDescending(pair => pair.Key.Length)
            .Aggregate(text, (result, pair) => result.Replace(pair.Key, pair.Value, StringComparison.Ordinal));

    // $$ stands for $, $(NAME) for a variable that is known; anything else for itself.
    private static string Expand(string text, Dictionary<string, string> environment) => Reference().Replace(text, match =>
        match.Value == "$$" ? "$" : environment.GetValueOrDefault(match.Groups[1].Value, match.Value));

    [GeneratedRegex(@"\$\$|\$\(([^)]*)\)")]
    private static partial Regex Reference();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int pid, int signal);
}
