namespace Slipway.Engine.Import.Gptq;

/// <summary>What whoever loads a quantised folder should know of how it was read.</summary>
internal static class GptqNotes
{
    public static IEnumerable<string> Of(IReadOnlyCollection<GptqMatrix> matrices)
    {
        var reencoded = matrices.Where(matrix => matrix.IsReencoded).ToList();
        if (reencoded.Count > 0)
        {
            yield return $"{Count(reencoded)} re-encoded as {reencoded[0].Type}, close to the folder's values but not equal: "
                + "their groups of inputs do not fill blocks of 32.";
        }
        var masked = matrices.Where(matrix => matrix.HasWrappedZeros).ToList();
        if (masked.Count > 0)
        {
            yield return $"{Count(masked)} read with zeros of 0 where 15 is stored: packers of version 1 wrote it so for sym = false. "
                + "A folder in checkpoint_format gptq_v2 leaves no doubt.";
        }
    }

    private static string Count(List<GptqMatrix> matrices) =>
        matrices.Count == 1 ? $"'{matrices[0].Name}' was" : $"{matrices.Count} matrices, '{matrices[0].Name}' first, were";
}
