using System.Text.Json;

namespace Slipway.Server.Tests.Clients;

/// <summary>Every door once, opened when first asked for, with what the client programs made of it.</summary>
public sealed class Doors : IAsyncLifetime
{
    private readonly Dictionary<DoorKind, Door> _doors = [];
    private readonly Dictionary<(string, DoorKind), JsonElement> _results = [];

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var door in _doors.Values)
        {
            await door.DisposeAsync();
        }
    }

    internal async Task<Door> AtAsync(DoorKind kind)
    {
        if (!_doors.TryGetValue(kind, out var door))
        {
            _doors[kind] = door = await Door.OpenAsync(kind);
        }

        return door;
    }

    /// <summary>What a program of tests/clients says of one of its cases; it runs once with all of them.</summary>
    internal async Task<JsonElement> ResultAsync(string program, DoorKind kind, string name)
    {
        if (!_results.TryGetValue((program, kind), out var results))
        {
            _results[(program, kind)] = results = await NodeProgram.RunAsync(program, await AtAsync(kind));
        }

        var result = results.GetProperty(name);
        Assert.False(result.TryGetProperty("failure", out var failure), $"{program}, {name}: {failure}");
        return result;
    }
}

/// <summary>Tests that talk to the doors do so one after the other: each door is one model on a share of the machine.</summary>
[CollectionDefinition(nameof(ClientCollection))]
public sealed class ClientCollection : ICollectionFixture<Doors>;
