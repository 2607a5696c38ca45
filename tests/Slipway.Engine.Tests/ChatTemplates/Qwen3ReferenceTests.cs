using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates;

namespace Slipway.Engine.Tests.ChatTemplates;

/// <summary>The template that Qwen3 ships, on conversations rendered by the reference implementation.</summary>
public sealed class Qwen3ReferenceTests
{
    [Fact]
    public void Every_reference_conversation_renders_exactly()
    {
        var configuration = JsonNode.Parse(File.ReadAllText(TemplateFiles.Reference("tokenizer_config.json")))!;
        var template = ChatTemplate.Parse(configuration["chat_template"]!.GetValue<string>());
        var cases = TemplateFiles.ReadLines(TemplateFiles.Reference("chat_template_cases.jsonl")).ToArray();

        var rendered = cases.Select(given => template.Render(
            given["messages"]!.AsArray(), given["add_generation_prompt"]!.GetValue<bool>(), given["vars"]!.AsObject()));

        Assert.Equal(cases.Select(static given => given["expected"]!.GetValue<string>()), rendered);
        Assert.True(cases.Length >= 12);
    }
}
