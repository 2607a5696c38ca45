using System.Text.Json.Nodes;

namespace Slipway.Engine.Tests.Constraints;

/// <summary>The judge is judged: what it lets pass must not be everything.</summary>
public sealed class SchemaValidatorTests
{
    [Theory]
    [InlineData("""{"type":"integer"}""", "3", "3.5")]
    [InlineData("""{"type":["string","null"]}""", "null", "1")]
    [InlineData("""{"minimum":2,"exclusiveMaximum":4}""", "2", "4")]
    [InlineData("""{"exclusiveMinimum":2,"maximum":4}""", "4", "2")]
    [InlineData("""{"minLength":2,"maxLength":2}""", "\"😀中\"", "\"abc\"")]
    [InlineData("""{"pattern":"^a+$"}""", "\"aa\"", "\"ab\"")]
    [InlineData("""{"format":"date"}""", "\"2024-12-31\"", "\"2024-13-01\"")]
    [InlineData("""{"enum":[1,{"a":2}]}""", """{"a":2}""", """{"a":3}""")]
    [InlineData("""{"const":[1]}""", "[1]", "[1,1]")]
    [InlineData("""{"required":["a"]}""", """{"a":null}""", "{}")]
    [InlineData("""{"properties":{"a":{"type":"null"}}}""", """{"a":null,"b":1}""", """{"a":1}""")]
    [InlineData("""{"properties":{"a":true},"additionalProperties":false}""", """{"a":1}""", """{"b":1}""")]
    [InlineData("""{"prefixItems":[{"type":"null"}],"items":{"type":"boolean"}}""", "[null,true]", "[null,1]")]
    [InlineData("""{"minItems":1,"maxItems":2}""", "[1]", "[]")]
    [InlineData("""{"minProperties":1,"maxProperties":1}""", """{"a":1}""", """{"a":1,"b":2}""")]
    [InlineData("""{"oneOf":[{"type":"integer"},{"type":"number"}]}""", "1.5", "1")]
    [InlineData("""{"anyOf":[{"type":"integer"},{"type":"null"}]}""", "null", "true")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":2}]}""", "2", "3")]
    [InlineData("""{"$defs":{"x":{"type":"array","items":{"$ref":"#/$defs/x"}}},"$ref":"#/$defs/x"}""", "[[],[[]]]", "[[],[1]]")]
    public void A_value_that_fits_passes_and_one_that_does_not_is_caught(string schema, string good, string bad)
    {
        var validator = new SchemaValidator(JsonNode.Parse(schema)!);

        Assert.Null(validator.Check(JsonNode.Parse(good)));
        Assert.NotNull(validator.Check(JsonNode.Parse(bad)));
    }
}
