using System.Text.Json.Nodes;
using Slipway.Engine.ChatTemplates.Rendering;
using Slipway.Engine.ChatTemplates.Syntax;
using Slipway.Engine.ChatTemplates.Values;

namespace Slipway.Engine.ChatTemplates;

/// <summary>
/// A model's own chat template: Jinja as model files use it, with Python's meaning of values. Parsed once, it may be rendered by
/// several threads at the same time.
/// </summary>
public sealed class ChatTemplate
{
    private readonly Statement[] _statements;
    private readonly ChatTemplateLimits _limits;

    private ChatTemplate(string source, Statement[] statements, ChatTemplateLimits limits)
    {
        Source = source;
        _statements = statements;
        _limits = limits;
    }

    /// <summary>The template as it was given.</summary>
    public string Source { get; }

    /// <summary>Reads a template; <paramref name="limits"/> then hold for each rendering too.</summary>
    /// <exception cref="ChatTemplateException">The template is malformed, too long or nested too deep.</exception>
    public static ChatTemplate Parse(string source, ChatTemplateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        limits ??= ChatTemplateLimits.Default;
        limits.Validate();
        if (source.Length > limits.MaxSourceLength)
        {
            throw new ChatTemplateException(
                $"The chat template has {source.Length} characters; {limits.MaxSourceLength} are allowed.");
        }

        return new(source, StatementParser.Parse(source, limits.MaxDepth), limits);
    }

    /// <summary>Writes a conversation as the prompt that the model was trained on.</summary>
    /// <param name="messages">Objects with <c>role</c>, <c>content</c> and whatever else the template reads, in order.</param>
    /// <param name="addGenerationPrompt">End with the opening of the assistant's turn.</param>
    /// <param name="variables">
    /// Further variables: <c>tools</c>, <c>documents</c>, <c>enable_thinking</c>, <c>bos_token</c>, <c>eos_token</c> and any other.
    /// <c>tools</c> and <c>documents</c> are none, not undefined, when left out, as templates have come to expect.
    /// </param>
    /// <param name="clock">Where <c>strftime_now</c> takes the local time from; the system's without it.</param>
    /// <exception cref="ChatTemplateException">The template refuses the conversation, faults on it, or goes over a limit.</exception>
    public string Render(JsonArray messages, bool addGenerationPrompt = true, JsonObject? variables = null, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(messages);
        var context = new RenderContext(_limits, clock ?? TimeProvider.System);
        var interpreter = new Interpreter(context);
        try
        {
            var output = new TextSink(context);
            interpreter.Render(_statements, Variables(messages, addGenerationPrompt, variables), output);
            return output.ToString();
        }
        catch (ChatTemplateException fault) when (fault.LineNumber == 0 && interpreter.Line > 0)
        {
            throw fault.Located(interpreter.Line);
        }
    }

    private Scope Variables(JsonArray messages, bool addGenerationPrompt, JsonObject? variables)
    {
        var scope = new Scope(null);
        scope.Set("tools", NoneValue.Instance);
        scope.Set("documents", NoneValue.Instance);
        if (variables is not null && JsonReader.ReadInput(variables, "variables", _limits.MaxDepth) is DictValue given)
        {
            foreach (var (name, value) in given.Entries)
            {
                scope.Set(((TextValue)name).Text, value);
            }
        }

        scope.Set("messages", JsonReader.ReadInput(messages, "messages", _limits.MaxDepth));
        scope.Set("add_generation_prompt", BooleanValue.Of(addGenerationPrompt));

        // What the template sets at its top level hides these but belongs to this rendering alone.
        return new Scope(scope);
    }
}
