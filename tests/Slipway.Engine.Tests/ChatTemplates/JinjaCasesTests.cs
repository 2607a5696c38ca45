using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;

namespace Slipway.Engine.Tests.ChatTemplates;

/// <summary>
/// Templates whose expected text came from Jinja2 3.1 itself, set up as model templates are rendered elsewhere: immutable
/// sandbox, trim_blocks, lstrip_blocks, loop controls, and a tojson that is json.dumps with characters kept.
/// </summary>
public sealed class JinjaCasesTests
{
    public static TheoryData<int> Lines => [.. Enumerable.Range(0, Cases.Length)];

    // Long templates and conversations are defined once and used by name.
    private static ILookup<bool, JsonObject> Rows { get; } =
        TemplateFiles.ReadLines(TemplateFiles.OwnCases).ToLookup(static row => row.ContainsKey("define"));

    private static JsonObject[] Cases { get; } = [.. Rows[false]];

    private static Dictionary<string, JsonObject> Definitions { get; } =
        Rows[true].ToDictionary(static row => row["define"]!.GetValue<string>());

    [Theory, MemberData(nameof(Lines))]
    public void A_template_renders_as_Jinja_renders_it(int line)
    {
        var given = Cases[line];
        var source = (given["uses"] is { } name ? Definitions[name.GetValue<string>()] : given)["template"]!.GetValue<string>();

        var (text, fault) = Render(given, source);

        if (given["error"] is { } error)
        {
            Assert.True(fault is not null, $"{source} gave {text}");
            Assert.Equal(error.GetValueKind() == System.Text.Json.JsonValueKind.String, fault.RaisedByTemplate);
            Assert.True(!fault.RaisedByTemplate || fault.Message == error.GetValue<string>());
        }
        else
        {
            Assert.True(fault is null, $"{source} failed: {fault?.Message}");
            Assert.True(given["expected"]!.GetValue<string>() == text, $"{source}\nwants {given["expected"]!.GetValue<string>()}\ngave  {text}");
        }
    }

    private static JsonArray MessagesOf(JsonObject given) =>
        (given["talk"] is { } name ? Definitions[name.GetValue<string>()] : given)["messages"]?.AsArray() ?? [];

    private static (string? Text, ChatTemplateException? Fault) Render(JsonObject given, string source)
    {
        try
        {
            var text = ChatTemplate.Parse(source).Render(
                MessagesOf(given), given["add_generation_prompt"]?.GetValue<bool>() ?? true,
                given["variables"]?.AsObject(), new FixedClock());
            return (text, null);
        }
        catch (ChatTemplateException fault)
        {
            return (null, fault);
        }
    }
}
