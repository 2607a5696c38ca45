using Slipway.Engine.Formats.HuggingFace;

namespace Slipway.Engine.Training.Adapters;

/// <summary>What PEFT calls the two factors on a matrix: <c>base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight</c>.</summary>
internal static class AdapterNames
{
    private const string Prefix = "base_model.model.";
    private const string Suffix = ".weight";
    private const string First = ".lora_A.weight";
    private const string Second = ".lora_B.weight";

    /// <exception cref="InvalidOperationException">No adapter can be put on the matrix.</exception>
    public static (string A, string B) Of(string gguf)
    {
        var name = TensorNames.TargetOf(gguf) is null ? null : TensorNames.ToHuggingFace(gguf);
        return name is null
            ? throw new InvalidOperationException($"No adapter can be put on '{gguf}'.")
            : ($"{Prefix}{name[..^Suffix.Length]}{First}", $"{Prefix}{name[..^Suffix.Length]}{Second}");
    }

    /// <summary>The matrix that a factor is for, and which of the two it is; null for a name that is neither.</summary>
    public static (string Gguf, bool IsFirst)? Parse(string name)
    {
        var isFirst = name.EndsWith(First, StringComparison.Ordinal);
        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || !(isFirst || name.EndsWith(Second, StringComparison.Ordinal))
            || name.Length <= Prefix.Length + First.Length)
        {
            return null;
        }
        var gguf = TensorNames.ToGguf(name[Prefix.Length..^First.Length] + Suffix);
        return gguf is not null && TensorNames.TargetOf(gguf) is not null ? (gguf, isFirst) : null;
    }
}
