using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <param name="Version">When.</param>
/// <param name="Type">ADDED, MODIFIED or DELETED.</param>
/// <param name="Resource">Such as <c>pods</c>.</param>
/// <param name="Object">As it was then.</param>
internal sealed record ClusterChange(long Version, string Type, string Resource, JsonObject Object);

/// <summary>The objects of the stand-in, with versions and the changes that a watch tells.</summary>
internal sealed class ClusterStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Resource, string Namespace, string Name), JsonObject> _objects = [];
    private readonly List<ClusterChange> _changes = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Version { get; private set; } = 1000;

    /// <summary>Versions before this one are forgotten: a watch from there is answered with 410.</summary>
    public long OldestVersion { get; set; } = 1000;

    /// <summary>Completes with the next change.</summary>
    public Task Changed
    {
        get
        {
            lock (_lock)
            {
                return _changed.Task;
            }
        }
    }

    public JsonObject? Find(string resource, string place, string name)
    {
        lock (_lock)
        {
            return _objects.TryGetValue((resource, place, name), out var found) ? (JsonObject)found.DeepClone() : null;
        }
    }

    public List<JsonObject> List(string resource, string place)
    {
        lock (_lock)
        {
            return [.. _objects.Where(pair => pair.Key.Resource == resource && pair.Key.Namespace == place)
                .OrderBy(pair => pair.Key.Name).Select(pair => (JsonObject)pair.Value.DeepClone())];
        }
    }

    public List<ClusterChange> ChangesSince(long version)
    {
        lock (_lock)
        {
            return [.. _changes.Where(change => change.Version > version)];
        }
    }

    /// <summary>Null when the name is taken.</summary>
    public JsonObject? Add(string resource, string place, JsonObject value)
    {
        lock (_lock)
        {
            var meta = value["metadata"]!.AsObject();
            var key = (resource, place, meta["name"]!.GetValue<string>());
            if (_objects.ContainsKey(key))
            {
                return null;
            }
            meta["namespace"] = place;
            meta["uid"] = Guid.NewGuid().ToString();
            meta["creationTimestamp"] = Now();
            _objects[key] = value;
            Tell("ADDED", resource, value);
            return (JsonObject)value.DeepClone();
        }
    }

    /// <summary>Returns the changed object; null when there is none.</summary>
    public JsonObject? Change(string resource, string place, string name, Action<JsonObject> change)
    {
        lock (_lock)
        {
            if (!_objects.TryGetValue((resource, place, name), out var found))
            {
                return null;
            }
            change(found);
            Tell("MODIFIED", resource, found);
            return (JsonObject)found.DeepClone();
        }
    }

    public void Remove(string resource, string place, string name)
    {
        lock (_lock)
        {
            if (_objects.Remove((resource, place, name), out var found))
            {
                Tell("DELETED", resource, found);
            }
        }
    }

    /// <summary>Removes what the object with that uid owns.</summary>
    public void RemoveOwned(string uid)
    {
        lock (_lock)
        {
            foreach (var key in _objects.Where(pair => pair.Key.Resource != "pods" && IsOwned(pair.Value, uid)).Select(pair => pair.Key).ToList())
            {
                Remove(key.Resource, key.Namespace, key.Name);
            }
        }
    }

    public static bool IsOwned(JsonObject value, string uid) =>
        value["metadata"]!["ownerReferences"] is JsonArray owners && owners.Any(owner => owner!["uid"]!.GetValue<string>() == uid);

    public static string Now() => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private void Tell(string type, string resource, JsonObject value)
    {
        value["metadata"]!["resourceVersion"] = (++Version).ToString(CultureInfo.InvariantCulture);
        _changes.Add(new ClusterChange(Version, type, resource, (JsonObject)value.DeepClone()));
        _changed.TrySetResult();
        _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
