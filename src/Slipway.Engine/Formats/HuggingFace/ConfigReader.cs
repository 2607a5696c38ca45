using System.Text.Json;

namespace Slipway.Engine.Formats.HuggingFace;

/// <summary>Values of a configuration file, by name. What is null there counts as absent; what is of another type is a fault.</summary>
/// <param name="config">An object of a <see cref="JsonFile"/>.</param>
/// <param name="file">What messages call the file.</param>
internal sealed class ConfigReader(JsonElement config, string file = "config.json")
{
    private const int Largest = 1 << 24;

    /// <exception cref="ModelFormatException">It is absent without a substitute, no integer, or not 1 to 16,777,216.</exception>
    public int Integer(string name, int? otherwise = null)
    {
        if (Find(name) is not { } value)
        {
            return otherwise ?? throw new ModelFormatException($"{file} has no '{name}'.");
        }
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number is > 0 and <= Largest
            ? number
            : throw Wrong(name, value, $"an integer from 1 to {Largest}");
    }

    public double? Number(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && double.IsFinite(number) => number,
        { } value => throw Wrong(name, value, "a number"),
    };

    public string? Text(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => value.GetString(),
        { } value => throw Wrong(name, value, "a string"),
    };

    public bool? Flag(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
        { } value => throw Wrong(name, value, "true or false"),
    };

    public ConfigReader? Object(string name) => Find(name) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new ConfigReader(value, file),
        { } value => throw Wrong(name, value, "an object"),
    };

    /// <summary>Whether there is a list or an object that is not empty, or a single value.</summary>
    public bool HasContent(string name) => Find(name) switch
    {
        null => false,
        { ValueKind: JsonValueKind.Object } value => value.EnumerateObject().Any(),
        { ValueKind: JsonValueKind.Array } value => value.GetArrayLength() > 0,
        _ => true,
    };

    private ModelFormatException Wrong(string name, JsonElement value, string accepted) =>
        new($"{file}: '{name}' is {ShownText.Cut(value.GetRawText())}; accepted is {accepted}.");

    private JsonElement? Find(string name) =>
        config.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
