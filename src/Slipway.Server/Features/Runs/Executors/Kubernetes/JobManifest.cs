using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>What is sent to the cluster: the Job, and the ConfigMap and the Secret that it owns.</summary>
internal static class JobManifest
{
    /// <summary>The most that the values of one ConfigMap may hold.</summary>
    public const long LargestConfigMap = 1 << 20;

    private const string RunVolume = "run";
    private const string InputVolume = "inputs";

    /// <summary>
    /// The container's first process. The kernel keeps signals from it that it does not handle, and Kubernetes sends TERM to it alone:
    /// it hands TERM on to the session of the command, and ends with the command's code.
    /// </summary>
    private const string Wrapper = """
        if command -v setsid >/dev/null 2>&1; then
          setsid sh -c 'exec "$@"' sh "$@" &
        else
          "$@" &
        fi
        pid=$!
        # A shell tells when what it waits for is killed; the log belongs to the command alone.
        exec 2>/dev/null
        told=
        code=
        trap 'told=1; kill -TERM -- "-$pid" 2>/dev/null || kill -TERM "$pid" 2>/dev/null' TERM
        while :; do
          told=
          wait "$pid"
          seen=$?
          # A wait that TERM has cut short says 143 too soon; one after the end says 127 of a process it no longer knows.
          if [ "$seen" != 127 ] || [ -z "$code" ]; then code=$seen; fi
          [ -n "$told" ] || exit "$code"
        done
        """;

    public static JsonObject Job(Launch launch, JobWish wish, IReadOnlyList<InputFile> inputs, KubernetesOptions options)
    {
        var pod = new JsonObject
        {
            ["restartPolicy"] = "Never",
            ["automountServiceAccountToken"] = false,
            ["enableServiceLinks"] = false,
            ["terminationGracePeriodSeconds"] = (long)options.StopGrace.TotalSeconds,
            ["containers"] = new JsonArray(Container(launch, wish, inputs, options)),
            ["volumes"] = Volumes(launch, inputs, options),
        };
        AddPlacement(pod, options);
        var spec = new JsonObject
        {
            ["backoffLimit"] = 0,
            ["ttlSecondsAfterFinished"] = (long)options.KeepFinished.TotalSeconds,
            ["template"] = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = Labels(launch) }, ["spec"] = pod },
        };
        if (options.ActiveDeadline is { } deadline)
        {
            spec["activeDeadlineSeconds"] = (long)deadline.TotalSeconds;
        }
        return new JsonObject
        {
            ["apiVersion"] = "batch/v1",
            ["kind"] = "Job",
            ["metadata"] = new JsonObject { ["name"] = launch.Name, ["labels"] = Labels(launch) },
            ["spec"] = spec,
        };
    }

    /// <summary>The run's environment: it may hold tokens, which a pod's own text would show to everybody who lists pods.</summary>
    public static JsonObject Secret(Launch launch, KubernetesOptions options, string jobUid) => Owned(launch, jobUid, "Secret", new()
    {
        ["type"] = "Opaque",
        ["data"] = new JsonObject(launch.EnvironmentIn(options.MountPath).Select(
            pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, Convert.ToBase64String(Encoding.UTF8.GetBytes(pair.Value))))),
    });

    /// <summary>The inputs, byte by byte.</summary>
    public static async Task<JsonObject> ConfigMapAsync(
        Launch launch, IReadOnlyList<InputFile> inputs, string jobUid, CancellationToken cancellationToken)
    {
        var data = new JsonObject();
        for (var i = 0; i < inputs.Count; i++)
        {
            data[Key(i)] = Convert.ToBase64String(await File.ReadAllBytesAsync(inputs[i].Source, cancellationToken));
        }
        return Owned(launch, jobUid, "ConfigMap", new() { ["binaryData"] = data });
    }

    private static JsonObject Owned(Launch launch, string jobUid, string kind, JsonObject rest)
    {
        rest["apiVersion"] = "v1";
        rest["kind"] = kind;
        rest["immutable"] = true;
        rest["metadata"] = new JsonObject
        {
            ["name"] = launch.Name,
            ["labels"] = Labels(launch),
            ["ownerReferences"] = new JsonArray(new JsonObject
            {
                ["apiVersion"] = "batch/v1",
                ["kind"] = "Job",
                ["name"] = launch.Name,
                ["uid"] = jobUid,
            }),
        };
        return rest;
    }

    private static JsonObject Container(Launch launch, JobWish wish, IReadOnlyList<InputFile> inputs, KubernetesOptions options)
    {
        var limits = new JsonObject();
        Add(limits, "cpu", options.Cpu);
        Add(limits, "memory", options.Memory);
        Add(limits, options.GpuResource, launch.Gpus > 0 ? launch.Gpus.ToString(CultureInfo.InvariantCulture) : null);
        IEnumerable<string> command = ["sh", "-c", Wrapper, "slipway", .. launch.CommandIn(options.MountPath)];
        var container = new JsonObject
        {
            ["name"] = KubernetesNames.Container,
            ["image"] = wish.Image,
            ["command"] = new JsonArray([.. command.Select(part => (JsonNode)Verbatim(part))]),
            ["envFrom"] = new JsonArray(new JsonObject { ["secretRef"] = new JsonObject { ["name"] = launch.Name } }),
            ["resources"] = new JsonObject { ["limits"] = limits },
            ["volumeMounts"] = Mounts(launch, inputs, options),
        };
        Add(container, "workingDir", options.WorkingDirectory);
        return container;
    }

    // Kubernetes replaces $(NAME) in commands by itself; a doubled dollar sign is one that stands for itself.
    private static string Verbatim(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    private static JsonArray Mounts(Launch launch, IReadOnlyList<InputFile> inputs, KubernetesOptions options)
    {
        var run = new JsonObject { ["name"] = RunVolume, ["mountPath"] = options.MountPath };
        Add(run, "subPath", options.ClaimName is null ? null : launch.Name);
        var mounts = new JsonArray(run);
        if (options.HostPath is null)
        {
            // One by one: a ConfigMap over the whole folder would make it read-only.
            foreach (var top in inputs.Select(input => input.Path.Split('/')[0]).Distinct())
            {
                mounts.Add(new JsonObject
                {
                    ["name"] = InputVolume,
                    ["mountPath"] = $"{options.MountPath}/{top}",
                    ["subPath"] = top,
                    ["readOnly"] = true,
                });
            }
        }
        if (options.SharedMemory is not null)
        {
            mounts.Add(new JsonObject { ["name"] = "shm", ["mountPath"] = "/dev/shm" });
        }
        return mounts;
    }

    private static JsonArray Volumes(Launch launch, IReadOnlyList<InputFile> inputs, KubernetesOptions options)
    {
        var run = new JsonObject { ["name"] = RunVolume };
        run[options.ClaimName is null ? "emptyDir" : "persistentVolumeClaim"] =
            options.ClaimName is null ? new JsonObject() : new JsonObject { ["claimName"] = options.ClaimName };
        var volumes = new JsonArray(run);
        if (options.HostPath is null)
        {
            // Keys are restricted, paths are not: a dataset may have any name.
            var items = inputs.Select((input, i) => (JsonNode)new JsonObject { ["key"] = Key(i), ["path"] = input.Path });
            volumes.Add(new JsonObject
            {
                ["name"] = InputVolume,
                ["configMap"] = new JsonObject { ["name"] = launch.Name, ["items"] = new JsonArray([.. items]) },
            });
        }
        if (options.SharedMemory is { } size)
        {
            volumes.Add(new JsonObject
            {
                ["name"] = "shm",
                ["emptyDir"] = new JsonObject { ["medium"] = "Memory", ["sizeLimit"] = size },
            });
        }
        return volumes;
    }

    private static void AddPlacement(JsonObject pod, KubernetesOptions options)
    {
        Add(pod, "serviceAccountName", options.ServiceAccount);
        if (options.NodeSelector.Count > 0)
        {
            pod["nodeSelector"] = new JsonObject(
                options.NodeSelector.Select(pair => KeyValuePair.Create<string, JsonNode?>(pair.Key, pair.Value)));
        }
        if (options.Tolerations.Count > 0)
        {
            pod["tolerations"] = new JsonArray([.. options.Tolerations.Select(Toleration)]);
        }
        if (options.ImagePullSecrets.Count > 0)
        {
            pod["imagePullSecrets"] = new JsonArray(
                [.. options.ImagePullSecrets.Select(name => (JsonNode)new JsonObject { ["name"] = name })]);
        }
    }

    private static JsonNode Toleration(KubernetesToleration toleration)
    {
        var json = new JsonObject { ["operator"] = toleration.Operator };
        Add(json, "key", toleration.Key);
        Add(json, "value", toleration.Value);
        Add(json, "effect", toleration.Effect);
        return json;
    }

    private static JsonObject Labels(Launch launch) => new()
    {
        ["app.kubernetes.io/managed-by"] = "slipway",
        [KubernetesNames.RunLabel] = launch.RunId,
        [KubernetesNames.AttemptLabel] = launch.Attempt.ToString(CultureInfo.InvariantCulture),
    };

    private static string Key(int index) => $"input-{index}";

    private static void Add(JsonObject json, string name, string? value)
    {
        if (value is not null)
        {
            json[name] = value;
        }
    }
}
