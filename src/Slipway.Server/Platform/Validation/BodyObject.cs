using System.Text.Json;

namespace Slipway.Server.Platform.Validation;

/// <summary>The fields of one object of a body. Unknown fields pass unread.</summary>
internal readonly struct BodyObject(JsonElement element, BodyPath path, FaultList faults)
{
    /// <summary>A field that must be there; a null counts as sent, and as being of the wrong type.</summary>
    public BodyValue Required(string name)
    {
        var value = Find(name);
        if (value.ValueKind is JsonValueKind.Undefined)
        {
            faults.Add(path.Then(name), "field required", FaultTypes.Missing);
        }
        else if (value.ValueKind is JsonValueKind.Null)
        {
            faults.Add(path.Then(name), "none is not an allowed value", FaultTypes.Missing);
        }

        return new BodyValue(value, path.Then(name), faults);
    }

    /// <summary>A field that may be left out or null.</summary>
    public BodyValue Optional(string name) => new(Find(name), path.Then(name), faults);

    private JsonElement Find(string name) => element.TryGetProperty(name, out var value) ? value : default;
}
