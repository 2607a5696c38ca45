using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates.ToolCalls;
using Slipway.Server.Serving.Completions;

namespace Slipway.Server.Tests.Serving.Completions;

public sealed class GrammarOfTests
{
    private const string Beyond = """{"type": "object", "patternProperties": {"a": {}}}""";

    [Theory]
    [InlineData(ToolCallFormat.Tagged, false, false)]
    [InlineData(ToolCallFormat.Tagged, true, true)]
    [InlineData(ToolCallFormat.Bare, true, false)]
    public void A_strict_tool_holds_the_calls_of_models_that_mark_them(ToolCallFormat format, bool isStrict, bool isHeld)
    {
        Assert.Equal(isHeld, GrammarOf.Make(Request("{}", isStrict), format) is not null);
    }

    [Fact]
    public void A_strict_tool_beyond_support_is_refused()
    {
        var exception = Assert.Throws<SchemaRefusedException>(() => GrammarOf.Make(Request(Beyond, isStrict: true), ToolCallFormat.Tagged));

        Assert.Contains("patternProperties", exception.Refusal.Sentence.English, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_beyond_support_that_is_not_strict_takes_any_object()
    {
        var request = Request(Beyond, isStrict: false);

        var grammar = GrammarOf.Make(request with { Conversation = request.Conversation! with { MustCall = true } }, ToolCallFormat.Tagged);

        Assert.NotNull(grammar);
    }

    [Fact]
    public void A_free_answer_is_free()
    {
        Assert.Null(GrammarOf.Make(new CompletionRequest(), ToolCallFormat.Tagged));
    }

    private static CompletionRequest Request(string schema, bool isStrict) => new()
    {
        Conversation = new Conversation
        {
            Messages = [],
            Tools = [new Tool([], "f", JsonNode.Parse(schema), isStrict)],
        },
    };
}
