using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>The stand-in's controllers, its scheduler and its one node with two GPUs: makes Jobs' pods, and runs them.</summary>
internal sealed class ClusterNode(ClusterStore store, string root) : IAsyncDisposable
{
    private const int Gpus = 2;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, PodProcess> _running = new();
    private readonly ConcurrentBag<Task> _tasks = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Images that a registry has. Others cannot be pulled.</summary>
    public ConcurrentDictionary<string, bool> Images { get; } = new([new("training:1", true)]);

    /// <summary>Where the claims' volumes are, by the claim's name.</summary>
    public string Claims => Path.Combine(root, "claims");

    /// <summary>How many containers were started for Jobs.</summary>
    public int Starts => _starts;

    private int _starts;

    public PodLog? LogOf(string uid) => _running.TryGetValue(uid, out var process) ? process.Log : null;

    public PodProcess ProcessOf(string uid) => _running[uid];

    /// <summary>The Job's pod begins its life.</summary>
    public void Accept(JsonObject job)
    {
        var (place, name) = (Text(job, "namespace"), Text(job, "name"));
        var template = job["spec"]!["template"]!.DeepClone().AsObject();
        var meta = template["metadata"] as JsonObject ?? [];
        meta["name"] = $"{name}-{Guid.NewGuid().ToString()[..5]}";
        meta["ownerReferences"] = new JsonArray(new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["name"] = name,
            ["uid"] = Text(job, "uid"),
            ["controller"] = true,
        });
        template["apiVersion"] = "v1";
        template["kind"] = "Pod";
        template["status"] = new JsonObject { ["phase"] = "Pending" };
        var pod = store.Add("pods", place, template)!;
        _tasks.Add(LiveAsync(pod, name));
        if (job["spec"]!["activeDeadlineSeconds"] is { } deadline)
        {
            _tasks.Add(EndAtDeadlineAsync(job, pod, TimeSpan.FromSeconds(deadline.GetValue<long>())));
        }
    }

    /// <summary>The pod is told to end, and is forgotten when it has.</summary>
    public void Delete(JsonObject pod, long grace)
    {
        var (place, name, uid) = (Text(pod, "namespace"), Text(pod, "name"), Text(pod, "uid"));
        store.Change("pods", place, name, one => one["metadata"]!["deletionTimestamp"] = ClusterStore.Now());
        _tasks.Add(EndPodAsync(place, name, uid, grace));
    }

    /// <summary>The node needs its memory for others, or the pod has used too much of it.</summary>
    public void KillFor(JsonObject pod, string containerReason, string? podReason = null, string? message = null)
    {
        _ends[Text(pod, "uid")] = (containerReason, podReason, message);
        _running[Text(pod, "uid")].Kill();
    }

    private readonly ConcurrentDictionary<string, (string Container, string? Pod, string? Message)> _ends = new();

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var process in _running.Values)
        {
            process.Kill();
        }
        await Task.WhenAll(_tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task LiveAsync(JsonObject pod, string job)
    {
        var (place, name, uid) = (Text(pod, "namespace"), Text(pod, "name"), Text(pod, "uid"));
        var process = new PodProcess(store, pod, Path.Combine(root, "pods", uid), Claims);
        while (Obstacle(pod, process) is { } obstacle)
        {
            if (store.Change("pods", place, name, one => one["status"] = obstacle.DeepClone()) is not { } now || now["metadata"]!["deletionTimestamp"] is not null)
            {
                return;
            }
            await Task.Delay(Step, _stop.Token);
        }
        _running[uid] = process;
        // Whoever ends the node kills what runs; nothing may begin behind his back.
        _stop.Token.ThrowIfCancellationRequested();
        Interlocked.Increment(ref _starts);
        var startedAt = ClusterStore.Now();
        var run = process.RunAsync();
        SetStatus(place, name, "Running", new JsonObject { ["running"] = new JsonObject { ["startedAt"] = startedAt } });
        var code = await run;
        var end = _ends.GetValueOrDefault(uid, (code == 0 ? "Completed" : "Error", null, null));
        SetStatus(place, name, code == 0 ? "Succeeded" : "Failed", new JsonObject
        {
            ["terminated"] = new JsonObject
            {
                ["exitCode"] = code,
                ["reason"] = end.Item1,
                ["startedAt"] = startedAt,
                ["finishedAt"] = ClusterStore.Now(),
            },
        }, end.Item2, end.Item3);
        Finish(place, job, code == 0 ? "Complete" : "Failed", code == 0 ? null : "BackoffLimitExceeded");
    }

    private JsonObject? Obstacle(JsonObject pod, PodProcess process)
    {
        var container = pod["spec"]!["containers"]![0]!;
        var gpus = container["resources"]?["limits"]?["nvidia.com/gpu"]?.GetValue<string>();
        if (gpus is not null && int.Parse(gpus, System.Globalization.CultureInfo.InvariantCulture) > Gpus)
        {
            return new JsonObject
            {
                ["phase"] = "Pending",
                ["conditions"] = new JsonArray(new JsonObject
                {
                    ["type"] = "PodScheduled",
                    ["status"] = "False",
                    ["reason"] = "Unschedulable",
                    ["message"] = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu.",
                }),
            };
        }
        var image = container["image"]!.GetValue<string>();
        return !Images.ContainsKey(image) ? Waiting("ImagePullBackOff", $"Back-off pulling image \"{image}\"")
            : process.Missing() is { } missing ? Waiting("CreateContainerConfigError", missing)
            : null;
    }

    private static JsonObject Waiting(string reason, string message) => new()
    {
        ["phase"] = "Pending",
        ["containerStatuses"] = new JsonArray(new JsonObject
        {
            ["name"] = "training",
            ["state"] = new JsonObject { ["waiting"] = new JsonObject { ["reason"] = reason, ["message"] = message } },
        }),
    };

    private void SetStatus(string place, string name, string phase, JsonObject state, string? reason = null, string? message = null) =>
        store.Change("pods", place, name, one => one["status"] = new JsonObject
        {
            ["phase"] = phase,
            ["reason"] = reason,
            ["message"] = message,
            ["containerStatuses"] = new JsonArray(new JsonObject
            {
                ["name"] = one["spec"]!["containers"]![0]!["name"]!.GetValue<string>(),
                ["state"] = state,
            }),
        });

    private void Finish(string place, string job, string condition, string? reason, string? message = null) =>
        store.Change("jobs", place, job, one => one["status"] = one["status"]?["conditions"] is not null ? one["status"]!.DeepClone() : new JsonObject
        {
            ["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = condition,
                ["status"] = "True",
                ["reason"] = reason,
                ["message"] = message,
                ["lastTransitionTime"] = ClusterStore.Now(),
            }),
            [condition == "Complete" ? "succeeded" : "failed"] = 1,
        });

    private async Task EndAtDeadlineAsync(JsonObject job, JsonObject pod, TimeSpan deadline)
    {
        await Task.Delay(deadline, _stop.Token);
        Finish(Text(job, "namespace"), Text(job, "name"), "Failed", "DeadlineExceeded", "Job was active longer than specified deadline");
        Delete(pod, 1);
    }

    private async Task EndPodAsync(string place, string name, string uid, long grace)
    {
        if (_running.TryGetValue(uid, out var process))
        {
            await process.TerminateAsync();
            for (var left = TimeSpan.FromSeconds(grace); left > TimeSpan.Zero && !HasEnded(place, name); left -= Step)
            {
                await Task.Delay(Step, _stop.Token);
            }
            process.Kill();
            while (!HasEnded(place, name))
            {
                await Task.Delay(Step, _stop.Token);
            }
        }
        store.Remove("pods", place, name);
    }

    private bool HasEnded(string place, string name) =>
        store.Find("pods", place, name)?["status"]?["phase"]?.GetValue<string>() is null or "Succeeded" or "Failed";

    private static string Text(JsonObject value, string name) => value["metadata"]![name]!.GetValue<string>();
}
