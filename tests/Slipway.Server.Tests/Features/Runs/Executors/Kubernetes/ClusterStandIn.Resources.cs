using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>Creates, gives, lists, watches and deletes.</summary>
internal sealed partial class ClusterStandIn
{
    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["jobs"] = "Job",
        ["pods"] = "Pod",
        ["secrets"] = "Secret",
        ["configmaps"] = "ConfigMap",
        ["events"] = "Event",
    };

    private Task ResourceAsync(HttpContext http, string place, string[] rest)
    {
        var resource = rest[0];
        return (http.Request.Method, rest.Length) switch
        {
            _ when place != Namespace => RefuseAsync(http, 403, "Forbidden", $"{resource} is forbidden in the namespace \"{place}\""),
            ("POST", 1) => CreateAsync(http, place, resource),
            ("GET", 1) => http.Request.Query["watch"].ToString() is "1" or "true" ? WatchAsync(http, place, resource) : ListAsync(http, place, resource),
            ("GET", 2) => Store.Find(resource, place, rest[1]) is { } found ? SendAsync(http, found) : NotFoundAsync(http, resource, rest[1]),
            ("DELETE", 2) => DeleteAsync(http, place, resource, rest[1]),
            _ => RefuseAsync(http, 405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
        };
    }

    private static Task NotFoundAsync(HttpContext http, string resource, string name) =>
        RefuseAsync(http, 404, "NotFound", $"{resource} \"{name}\" not found");

    private async Task CreateAsync(HttpContext http, string place, string resource)
    {
        JsonObject? value;
        try
        {
            value = await JsonNode.ParseAsync(http.Request.Body) as JsonObject;
        }
        catch (JsonException exception)
        {
            await RefuseAsync(http, 400, "BadRequest", exception.Message);
            return;
        }
        var name = value?["metadata"]?["name"]?.GetValue<string>();
        if (resource is not ("jobs" or "secrets" or "configmaps") || Forbidden.ContainsKey($"create {resource}"))
        {
            await RefuseAsync(http, 403, "Forbidden", $"{resource} is forbidden: cannot create resource \"{resource}\"");
        }
        else if (FaultOf(resource, value) is { } fault)
        {
            if (fault.StartsWith("strict decoding error", StringComparison.Ordinal))
            {
                await RefuseAsync(http, 400, "BadRequest", fault);
                return;
            }
            await RefuseAsync(http, 422, "Invalid", $"{Kinds[resource]} \"{name}\" is invalid: {fault}");
        }
        else
        {
            await AddAsync(http, place, resource, value!, name!);
        }
    }

    private async Task AddAsync(HttpContext http, string place, string resource, JsonObject value, string name)
    {
        if (resource == "jobs")
        {
            // As a real one does it: what selects a Job's pods comes from its uid, and the labels of both namings are set.
            value["spec"]!["template"]!["metadata"] ??= new JsonObject();
            var labels = value["spec"]!["template"]!["metadata"]!["labels"] as JsonObject;
            value["spec"]!["template"]!["metadata"]!["labels"] = labels ??= [];
            labels["job-name"] = name;
            labels["batch.kubernetes.io/job-name"] = name;
            value["spec"]!["selector"] = new JsonObject { ["matchLabels"] = new JsonObject { ["job-name"] = name } };
        }
        if (Store.Add(resource, place, value) is not { } added)
        {
            await RefuseAsync(http, 409, "AlreadyExists", $"{resource} \"{name}\" already exists");
            return;
        }
        if (resource == "jobs")
        {
            Node.Accept(added);
        }
        await SendAsync(http, added, 201);
    }

    private static string? FaultOf(string resource, JsonObject? value)
    {
        if (ClusterSchema.FaultOf(Kinds[resource], value) is { } fault)
        {
            return fault;
        }
        if (resource == "configmaps" && (value!["binaryData"] as JsonObject ?? []).Sum(pair => Convert.FromBase64String(pair.Value!.GetValue<string>()).Length) > 1 << 20)
        {
            return "[]: Too long: may not be more than 1048576 bytes";
        }
        if (resource != "jobs")
        {
            return null;
        }
        var pod = value!["spec"]!["template"]!["spec"]!;
        var volumes = (pod["volumes"] as JsonArray ?? []).Select(volume => volume!["name"]!.GetValue<string>()).ToHashSet();
        return pod["containers"]!.AsArray().SelectMany(container => container!["volumeMounts"] as JsonArray ?? [])
            .Select(mount => mount!["name"]!.GetValue<string>()).FirstOrDefault(name => !volumes.Contains(name)) is { } unknown
                ? $"spec.template.spec.containers[0].volumeMounts: Not found: \"{unknown}\""
                : null;
    }

    private async Task ListAsync(HttpContext http, string place, string resource)
    {
        var items = Store.List(resource, place).Where(one => IsSelected(http, one)).ToArray<JsonNode>();
        await SendAsync(http, new JsonObject
        {
            ["kind"] = Kinds[resource] + "List",
            ["apiVersion"] = resource == "jobs" ? "batch/v1" : "v1",
            ["metadata"] = new JsonObject { ["resourceVersion"] = Store.Version.ToString(CultureInfo.InvariantCulture) },
            ["items"] = new JsonArray(items),
        });
    }

    private async Task WatchAsync(HttpContext http, string place, string resource)
    {
        var version = long.TryParse(http.Request.Query["resourceVersion"], CultureInfo.InvariantCulture, out var given) ? given : 0;
        if (version > 0 && version < Store.OldestVersion)
        {
            await RefuseAsync(http, 410, "Expired", $"too old resource version: {version} ({Store.OldestVersion})");
            return;
        }
        http.Response.ContentType = "application/json";
        await http.Response.StartAsync(http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        if (version == 0)
        {
            version = Store.Version;
            foreach (var one in Store.List(resource, place).Where(one => IsSelected(http, one)))
            {
                await http.Response.WriteAsync(new JsonObject { ["type"] = "ADDED", ["object"] = one }.ToJsonString() + "\n", http.RequestAborted);
            }
            await http.Response.Body.FlushAsync(http.RequestAborted);
        }
        while (true)
        {
            var changed = Store.Changed;
            foreach (var change in Store.ChangesSince(version))
            {
                version = change.Version;
                if (change.Resource == resource && IsSelected(http, change.Object))
                {
                    var line = new JsonObject { ["type"] = change.Type, ["object"] = change.Object.DeepClone() }.ToJsonString() + "\n";
                    await http.Response.WriteAsync(line, http.RequestAborted);
                    await http.Response.Body.FlushAsync(http.RequestAborted);
                }
            }
            await changed.WaitAsync(http.RequestAborted);
        }
    }

    private static bool IsSelected(HttpContext http, JsonObject value)
    {
        bool Matches(string query, Func<string, string?> valueOf) => http.Request.Query[query].ToString() is not { Length: > 0 } text
            || text.Split(',').Select(term => term.Split('=', 2)).All(pair => valueOf(pair[0]) == pair[^1].TrimStart('='));
        return Matches("labelSelector", name => value["metadata"]!["labels"]?[name]?.GetValue<string>())
            && Matches("fieldSelector", name => name switch
            {
                "metadata.name" => value["metadata"]!["name"]!.GetValue<string>(),
                "involvedObject.uid" => value["involvedObject"]?["uid"]?.GetValue<string>(),
                _ => null,
            });
    }

    private async Task DeleteAsync(HttpContext http, string place, string resource, string name)
    {
        if (Store.Find(resource, place, name) is not { } found)
        {
            await NotFoundAsync(http, resource, name);
            return;
        }
        var body = await new StreamReader(http.Request.Body).ReadToEndAsync(http.RequestAborted);
        var options = body.Length > 0 ? JsonNode.Parse(body)! : new JsonObject();
        var policy = options["propagationPolicy"]?.GetValue<string>() ?? http.Request.Query["propagationPolicy"].ToString();
        var grace = options["gracePeriodSeconds"]?.GetValue<long>()
            ?? (long.TryParse(http.Request.Query["gracePeriodSeconds"], CultureInfo.InvariantCulture, out var given) ? given : null);
        if (resource == "pods")
        {
            Node.Delete(found, grace ?? found["spec"]!["terminationGracePeriodSeconds"]?.GetValue<long>() ?? 30);
        }
        else if (resource == "jobs")
        {
            DeleteJob(place, name, found["metadata"]!["uid"]!.GetValue<string>(), policy);
        }
        else
        {
            Store.Remove(resource, place, name);
        }
        await SendAsync(http, Store.Find(resource, place, name) ?? new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["status"] = "Success" });
    }

    private void DeleteJob(string place, string name, string uid, string policy)
    {
        var pods = Store.List("pods", place).Where(pod => ClusterStore.IsOwned(pod, uid)).ToList();
        if (policy is "Foreground" or "Background")
        {
            foreach (var pod in pods.Where(pod => pod["metadata"]!["deletionTimestamp"] is null))
            {
                Node.Delete(pod, pod["spec"]!["terminationGracePeriodSeconds"]?.GetValue<long>() ?? 30);
            }
        }
        if (policy == "Foreground" && pods.Count > 0)
        {
            Store.Change("jobs", place, name, job => job["metadata"]!["deletionTimestamp"] = ClusterStore.Now());
            _ = RemoveWhenAloneAsync(place, name, uid);
            return;
        }
        Store.Remove("jobs", place, name);
        Store.RemoveOwned(uid);
    }

    private async Task RemoveWhenAloneAsync(string place, string name, string uid)
    {
        while (true)
        {
            var changed = Store.Changed;
            if (!Store.List("pods", place).Exists(pod => ClusterStore.IsOwned(pod, uid)))
            {
                Store.Remove("jobs", place, name);
                Store.RemoveOwned(uid);
                return;
            }
            await changed;
        }
    }
}
