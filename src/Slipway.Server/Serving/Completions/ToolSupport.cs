using System.Text.Json.Nodes;
using Slipway.Engine;
using Slipway.Engine.ChatTemplates;
using Slipway.Engine.ChatTemplates.ToolCalls;

namespace Slipway.Server.Serving.Completions;

/// <summary>What a model's template knows of tools.</summary>
/// <param name="IsTaught">Whether it writes the tools into the prompt itself.</param>
/// <param name="Format">How the model calls them.</param>
internal sealed record ToolSupport(bool IsTaught, ToolCallFormat Format)
{
    /// <summary>Found by rendering with a tool whose name must then appear: what a template says is no sure sign of what it does.</summary>
    public static ToolSupport Of(LanguageModel model)
    {
        const string Name = "look_up_weather";
        var tool = new JsonObject
        {
            ["type"] = "function",
            ["function"] = new JsonObject
            {
                ["name"] = Name,
                ["description"] = "Tells the weather.",
                ["parameters"] = new JsonObject { ["type"] = "object", ["properties"] = new JsonObject() },
            },
        };
        var isTaught = Render(model, [tool])?.Contains(Name, StringComparison.Ordinal) ?? false;
        return new ToolSupport(isTaught, (isTaught ? ToolCallFormats.Find(model.ChatTemplate!.Source) : null) ?? ToolCallFormat.Tagged);
    }

    private static string? Render(LanguageModel model, JsonArray tools)
    {
        try
        {
            return model.ChatTemplate is null ? null : model.RenderPrompt(
                [new JsonObject { ["role"] = "user", ["content"] = "?" }], new JsonObject { ["tools"] = tools });
        }
        catch (ChatTemplateException)
        {
            return null; // It wants another conversation than this; then tools are told of in plain text.
        }
    }
}
