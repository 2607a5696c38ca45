namespace Slipway.Engine.Constraints.Schemas;

/// <summary>The formats that outputs are held to, as patterns. Each is a part of what its standard allows.</summary>
internal static class StringFormats
{
    private const string Day = """(\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8])))""";
    private const string Time = """(([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+\-]([01]\d|2[0-3]):[0-5]\d))""";
    private const string Label = "[A-Za-z0-9]([A-Za-z0-9\\-]{0,20}[A-Za-z0-9])?";
    private const string Host = $"{Label}(\\.{Label}){{0,4}}";
    private const string Part = """(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)""";

    private static readonly Dictionary<string, string> Patterns = new()
    {
        ["date"] = $"^{Day}$",
        ["time"] = $"^{Time}$",
        ["date-time"] = $"^{Day}T{Time}$",
        ["duration"] = """^P(\d{1,4}W|\d{1,4}D(T\d{1,4}H)?|T\d{1,4}[HMS])$""",
        ["email"] = $"^[A-Za-z0-9_+\\-]{{1,32}}(\\.[A-Za-z0-9_+\\-]{{1,16}}){{0,2}}@{Label}(\\.{Label}){{1,3}}$",
        ["hostname"] = $"^{Host}$",
        ["ipv4"] = $"^{Part}(\\.{Part}){{3}}$",
        ["ipv6"] = """^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){7}$""",
        ["uuid"] = """^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$""",
        ["uri"] = $"^https?://{Host}(:[1-9]\\d{{0,3}})?(/[A-Za-z0-9_.~\\-]{{0,64}}){{0,8}}(\\?[A-Za-z0-9_.~=&\\-]{{0,64}})?$",
    };

    /// <summary>The pattern of a format.</summary>
    /// <exception cref="UnsupportedSchemaException">The format is not one of these.</exception>
    public static string Find(string format, string path) =>
        Patterns.TryGetValue(format, out var pattern)
            ? pattern
            : throw new UnsupportedSchemaException(path, $"the format '{format}' ({string.Join(", ", Patterns.Keys)} are)");
}
