namespace Slipway.Engine.ChatTemplates.ToolCalls;

/// <summary>How a model writes the calls of tools into its output.</summary>
public enum ToolCallFormat
{
    /// <summary>
    /// <c>&lt;tool_call&gt;{"name": …, "arguments": {…}}&lt;/tool_call&gt;</c>, as often as there are calls, after any text.
    /// Hermes began it, Qwen writes it, and models that know no form are told of this one.
    /// </summary>
    Tagged,

    /// <summary>The whole output is <c>{"name": …, "parameters": {…}}</c>; several stand in a row. Llama 3 writes it.</summary>
    Bare,
}

/// <summary>Tells the format of a model by its chat template.</summary>
public static class ToolCallFormats
{
    /// <summary>The format that <paramref name="templateSource"/> teaches; null where it knows nothing of tools.</summary>
    public static ToolCallFormat? Find(string templateSource)
    {
        ArgumentNullException.ThrowIfNull(templateSource);
        if (templateSource.Contains(ToolCallSplitter.OpenMark, StringComparison.Ordinal))
        {
            return ToolCallFormat.Tagged;
        }

        var isLlama = templateSource.Contains("tools", StringComparison.Ordinal)
            && (templateSource.Contains("\"parameters\"", StringComparison.Ordinal)
                || templateSource.Contains("<|python_tag|>", StringComparison.Ordinal));
        return isLlama ? ToolCallFormat.Bare : null;
    }
}
