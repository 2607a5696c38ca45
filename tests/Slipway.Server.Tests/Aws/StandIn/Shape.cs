using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>What a property of a resource may hold, as the services' models say it. Faults are worded as CloudFormation words them.</summary>
internal abstract record Shape
{
    public static Shape Bool { get; } = new OneOf(["true", "false"], "Boolean");

    /// <summary>A document that somebody else checks.</summary>
    public static Shape Document { get; } = new AnyObject();

    public static Shape Text(int longest = 2048, string pattern = @"[\s\S]*", int shortest = 0) => new TextShape(shortest, longest, pattern);

    public static Shape Number(double least = double.MinValue, double most = double.MaxValue) => new NumberShape(least, most);

    public static Shape Choice(params string[] values) => new OneOf(values, "String");

    public static Shape List(Shape item, int least = 0, int most = 50) => new ListShape(item, least, most);

    public static Shape Map(int most, int longest) => new MapShape(most, longest);

    /// <summary>An object; names that begin with an exclamation mark must be there.</summary>
    public static Shape Of(params (string Name, Shape Shape)[] members) => new ObjectShape(
        members.ToDictionary(member => member.Name.TrimStart('!'), member => member.Shape),
        [.. members.Where(member => member.Name[0] == '!').Select(member => member.Name[1..])]);

    /// <summary>What is wrong; null when nothing is.</summary>
    public abstract string? FaultOf(JsonNode? value, string path);

    private static string Found(JsonNode? value) => value switch
    {
        null => "Null",
        JsonObject => "JSONObject",
        JsonArray => "JSONArray",
        _ => value.GetValueKind().ToString(),
    };

    /// <summary>CloudFormation takes numbers and truths as texts, too.</summary>
    private static string? Scalar(JsonNode? value) => value is JsonValue ? value.ToString() : null;

    private sealed record TextShape(int Shortest, int Longest, string Pattern) : Shape
    {
        public override string? FaultOf(JsonNode? value, string path) => Scalar(value) switch
        {
            null => $"{path}: expected type: String, found: {Found(value)}",
            var text when text.Length < Shortest => $"{path}: expected minLength: {Shortest}, actual: {text.Length}",
            var text when text.Length > Longest => $"{path}: expected maxLength: {Longest}, actual: {text.Length}",
            var text when !Regex.IsMatch(text, $@"\A(?:{Pattern})\z") => $"{path}: string [{text}] does not match pattern {Pattern}",
            _ => null,
        };
    }

    private sealed record NumberShape(double Least, double Most) : Shape
    {
        public override string? FaultOf(JsonNode? value, string path)
        {
            if (Scalar(value) is not { } text || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            {
                return $"{path}: expected type: Number, found: {Found(value)}";
            }
            return number < Least ? $"{path}: {text} is not greater or equal to {Least}"
                : number > Most ? $"{path}: {text} is not less or equal to {Most}"
                : null;
        }
    }

    private sealed record OneOf(string[] Values, string Kind) : Shape
    {
        public override string? FaultOf(JsonNode? value, string path) => Scalar(value) switch
        {
            null => $"{path}: expected type: {Kind}, found: {Found(value)}",
            var text when !Values.Contains(text) => $"{path}: #: {text} is not a valid enum value",
            _ => null,
        };
    }

    private sealed record AnyObject : Shape
    {
        public override string? FaultOf(JsonNode? value, string path) =>
            value is JsonObject ? null : $"{path}: expected type: JSONObject, found: {Found(value)}";
    }

    private sealed record ListShape(Shape Item, int Least, int Most) : Shape
    {
        public override string? FaultOf(JsonNode? value, string path)
        {
            if (value is not JsonArray list)
            {
                return $"{path}: expected type: JSONArray, found: {Found(value)}";
            }
            return list.Count < Least ? $"{path}: expected minimum item count: {Least}, found: {list.Count}"
                : list.Count > Most ? $"{path}: expected maximum item count: {Most}, found: {list.Count}"
                : list.Select((item, i) => Item.FaultOf(item, $"{path}/{i}")).FirstOrDefault(fault => fault is not null);
        }
    }

    private sealed record MapShape(int Most, int Longest) : Shape
    {
        public override string? FaultOf(JsonNode? value, string path)
        {
            if (value is not JsonObject map)
            {
                return $"{path}: expected type: JSONObject, found: {Found(value)}";
            }
            var text = Text(Longest);
            return map.Count > Most ? $"{path}: maximum size: [{Most}], found: [{map.Count}]"
                : map.Select(pair => text.FaultOf(pair.Key, path) ?? text.FaultOf(pair.Value, $"{path}/{pair.Key}"))
                    .FirstOrDefault(fault => fault is not null);
        }
    }

    private sealed record ObjectShape(Dictionary<string, Shape> Members, string[] Required) : Shape
    {
        public override string? FaultOf(JsonNode? value, string path)
        {
            if (value is not JsonObject map)
            {
                return $"{path}: expected type: JSONObject, found: {Found(value)}";
            }
            if (map.FirstOrDefault(pair => !Members.ContainsKey(pair.Key)) is { Key: { } unknown })
            {
                return $"{path}: extraneous key [{unknown}] is not permitted";
            }
            return Required.FirstOrDefault(name => !map.ContainsKey(name)) is { } missing
                ? $"{path}: required key [{missing}] not found"
                : map.Select(pair => Members[pair.Key].FaultOf(pair.Value, $"{path}/{pair.Key}")).FirstOrDefault(fault => fault is not null);
        }
    }
}
