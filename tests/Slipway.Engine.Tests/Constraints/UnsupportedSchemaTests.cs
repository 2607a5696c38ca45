using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Engine.Constraints;

namespace Slipway.Engine.Tests.Constraints;

public sealed class UnsupportedSchemaTests
{
    [Theory]
    [InlineData("""{"type":"object","properties":{"x":{"type":"object","patternProperties":{}}}}""", "$.properties.x.patternProperties", "patternProperties")]
    [InlineData("""{"not":{"type":"string"}}""", "$.not", "not")]
    [InlineData("""{"if":{},"then":{},"else":{}}""", "$.if", "if")]
    [InlineData("""{"type":"array","items":{"contains":{}}}""", "$.items.contains", "contains")]
    [InlineData("""{"type":"array","uniqueItems":true}""", "$.uniqueItems", "uniqueItems")]
    [InlineData("""{"type":"array","items":[{},{}]}""", "$.items", "items as a list")]
    [InlineData("""{"type":"number","multipleOf":0.01}""", "$.multipleOf", "multipleOf 0.01")]
    [InlineData("""{"type":"object","propertyNames":{}}""", "$.propertyNames", "propertyNames")]
    [InlineData("""{"type":"object","dependentRequired":{}}""", "$.dependentRequired", "dependentRequired")]
    [InlineData("""{"type":"object","unevaluatedProperties":false}""", "$.unevaluatedProperties", "unevaluatedProperties")]
    [InlineData("""{"type":"string","format":"iri"}""", "$.format", "'iri'")]
    [InlineData("""{"type":"string","pattern":"^(?=a)b$"}""", "$.pattern", "(?=")]
    [InlineData("""{"type":"string","pattern":"(a)\\1"}""", "$.pattern", "\\1")]
    [InlineData("""{"type":"string","pattern":"\\bword"}""", "$.pattern", "\\b")]
    [InlineData("""{"type":"string","pattern":"a(^b)"}""", "$.pattern", "'^' inside")]
    [InlineData("""{"type":"string","pattern":"a)"}""", "$.pattern", "unmatched")]
    [InlineData("""{"type":"string","pattern":"[z-a]"}""", "$.pattern", "ends before it begins")]
    [InlineData("""{"$ref":"https://example.com/schema"}""", "$.$ref", "https://example.com/schema")]
    [InlineData("""{"$ref":"#/$defs/missing"}""", "$.$ref", "does not have")]
    [InlineData("""{"$ref":"#"}""", "$", "leads back to itself")]
    [InlineData("""{"anyOf":[{"$ref":"#"},{"type":"null"}]}""", "$", "leads back to itself")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "$.oneOf[1]", "oneOf")]
    [InlineData("""{"type":"strnig"}""", "$.type", "'strnig'")]
    [InlineData("""{"type":"string","minLength":-1}""", "$.minLength", "-1")]
    [InlineData("""{"type":"string","maxLength":"9"}""", "$.maxLength", "number")]
    [InlineData("""{"type":"object","properties":[]}""", "$.properties", "object")]
    [InlineData("""{"type":"array","items":7}""", "$.items", "neither an object nor a boolean")]
    [InlineData("""{"enum":[]}""", "$.enum", "list")]
    [InlineData("""{"enum":["a"],"minLength":2}""", "$", "enum or const beside")]
    [InlineData("""{"type":"object","properties":{"a":{}},"maxProperties":0}""", "$.maxProperties", "maxProperties")]
    [InlineData("""{"type":"number","minimum":1e400}""", "$.minimum", "1e400")]
    [InlineData("""{"type":"string","minlength":3}""", "$.minlength", "minlength")]
    [InlineData("""{"type":"object","minProperties":2}""", "$.minProperties", "minProperties above 1")]
    public void A_feature_beyond_support_is_named_with_its_place(string schema, string path, string feature)
    {
        var exception = Assert.Throws<UnsupportedSchemaException>(() => OutputGrammar.FromJsonSchema(JsonNode.Parse(schema)!));

        Assert.StartsWith(path, exception.Path, StringComparison.Ordinal);
        Assert.Contains(feature, exception.Feature, StringComparison.Ordinal);
        Assert.Contains(exception.Path, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"type":"string","minLength":3,"maxLength":2}""")]
    [InlineData("""{"type":"integer","minimum":5,"maximum":4}""")]
    [InlineData("""{"type":"integer","exclusiveMinimum":4,"exclusiveMaximum":5}""")]
    [InlineData("""{"type":"number","exclusiveMinimum":4,"maximum":4}""")]
    [InlineData("""{"allOf":[{"type":"string"},{"type":"integer"}]}""")]
    [InlineData("""{"allOf":[{"const":1},{"const":2}]}""")]
    [InlineData("""{"type":"object","properties":{"a":false},"required":["a"]}""")]
    [InlineData("""{"type":"object","required":["a"],"additionalProperties":false}""")]
    [InlineData("""{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}""")]
    [InlineData("""{"type":"string","pattern":"^a$","minLength":2}""")]
    [InlineData("""{"type":"string","pattern":"^aaa$","maxLength":2}""")]
    [InlineData("false")]
    public void A_schema_that_nothing_satisfies_is_refused(string schema)
    {
        var exception = Assert.Throws<UnsupportedSchemaException>(() => OutputGrammar.FromJsonSchema(JsonNode.Parse(schema)!));

        Assert.Contains("no value satisfies", exception.Feature, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Bombs => new()
    {
        { "regex that doubles with every position", """{"type":"string","pattern":"(a|b)*a(a|b){30}"}""" },
        { "regex of counts within counts", """{"type":"string","pattern":"((((a{1,999}){1,999}){1,999}){1,999})"}""" },
        { "regex of deep groups", $$"""{"type":"string","pattern":"{{new string('(', 900)}}a{{new string(')', 900)}}"}""" },
        { "regex of many characters", $$"""{"type":"string","pattern":"{{new string('a', 100_000)}}"}""" },
        { "enum of many values", $$"""{"enum":[{{string.Join(',', Enumerable.Range(0, 200_000).Select(i => $"\"value {i}\""))}}]}""" },
        { "many properties", $"{{\"type\":\"object\",\"properties\":{{{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"\"p{i}\":{{}}"))}}}}}" },
        { "unions that multiply", $$"""{"allOf":[{{string.Join(',', Enumerable.Range(0, 20).Select(i => $"{{\"anyOf\":[{{\"minimum\":{i}}},{{\"maximum\":{100 + i}}}]}}"))}}]}""" },
        { "a wide oneOf", $$"""{"oneOf":[{{string.Join(',', Enumerable.Range(0, 5_000).Select(i => $"{{\"const\":{i}}}"))}}]}""" },
        { "pattern with a long minimum", """{"type":"string","pattern":"^([a-z]{1,9} )*$","minLength":100000}""" },
        { "references in a chain", Chain(4_000) },
        { "references that fork", Forks(40) },
        { "nesting", Nested(400) },
    };

    [Theory]
    [MemberData(nameof(Bombs))]
    public void A_schema_bomb_ends_quickly(string name, string schema)
    {
        var node = JsonNode.Parse(schema, documentOptions: new() { MaxDepth = 1_000 })!;
        var clock = Stopwatch.StartNew();

        var exception = Record.Exception(() => OutputGrammar.FromJsonSchema(node));

        Assert.True(exception is null or UnsupportedSchemaException, $"{name}: {exception}");
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), $"{name} took {clock.Elapsed}");
    }

    private static string Chain(int length)
    {
        var steps = Enumerable.Range(0, length).Select(i => $"\"d{i}\":{{\"type\":\"array\",\"items\":{{\"$ref\":\"#/$defs/d{i + 1}\"}}}}");
        return $"{{\"$defs\":{{{string.Join(',', steps)},\"d{length}\":{{}}}},\"$ref\":\"#/$defs/d0\"}}";
    }

    private static string Forks(int length)
    {
        var text = new StringBuilder("{\"$defs\":{");
        for (var i = 0; i < length; i++)
        {
            text.Append($"\"a{i}\":{{\"anyOf\":[{{\"$ref\":\"#/$defs/a{i + 1}\"}},{{\"$ref\":\"#/$defs/b{i + 1}\"}}]}},");
            text.Append($"\"b{i}\":{{\"anyOf\":[{{\"$ref\":\"#/$defs/b{i + 1}\"}},{{\"$ref\":\"#/$defs/a{i + 1}\"}}]}},");
        }
        return text.Append($"\"a{length}\":{{\"type\":\"null\"}},\"b{length}\":{{\"type\":\"boolean\"}}}},\"$ref\":\"#/$defs/a0\"}}").ToString();
    }

    private static string Nested(int depth) => depth == 0 ? "{}" : $$"""{"type":"array","items":{{Nested(depth - 1)}}}""";
}
