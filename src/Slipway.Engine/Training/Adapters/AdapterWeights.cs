using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Safetensors;
using Slipway.Engine.Training.Model;

namespace Slipway.Engine.Training.Adapters;

/// <summary>The pairs of an adapter's file.</summary>
internal static class AdapterWeights
{
    public static IReadOnlyList<LoraPair> Read(string path, int rank)
    {
        using var file = SafetensorsFile.Open(path);
        List<LoraPair> pairs = [];
        try
        {
            foreach (var (name, a, b) in FindPairs(file, path))
            {
                CheckShapes(name, a, b, rank);
                pairs.Add(new LoraPair(name, rank, ToParameter($"{name}.lora_a", a), ToParameter($"{name}.lora_b", b)));
            }
            return pairs.Count > 0 ? pairs : throw new ModelFormatException($"'{path}' holds no adapter.");
        }
        catch
        {
            new Adapter(rank, 1, null, pairs).Dispose();
            throw;
        }
    }

    private static IEnumerable<(string Name, SafetensorsTensor A, SafetensorsTensor B)> FindPairs(SafetensorsFile file, string path)
    {
        var factors = file.Tensors.ToLookup(tensor => AdapterNames.Parse(tensor.Name) is { } known
            ? known.Gguf
            : throw new ModelFormatException(
                $"'{path}': tensor '{tensor.Name}' is not a factor on a projection of a layer; nothing else is accepted."));
        foreach (var matrix in factors.OrderBy(matrix => matrix.Key, StringComparer.Ordinal))
        {
            var (a, b) = (matrix.FirstOrDefault(IsFirst), matrix.FirstOrDefault(tensor => !IsFirst(tensor)));
            yield return a is not null && b is not null
                ? (matrix.Key, a, b)
                : throw new ModelFormatException($"'{path}': of the two factors on '{matrix.Key}' there is only one.");
        }
    }

    private static bool IsFirst(SafetensorsTensor tensor) => AdapterNames.Parse(tensor.Name)!.Value.IsFirst;

    private static void CheckShapes(string name, SafetensorsTensor a, SafetensorsTensor b, int rank)
    {
        var fits = a.Shape is [var first, > 0 and <= int.MaxValue] && first == rank
            && b.Shape is [> 0 and <= int.MaxValue, var second] && second == rank;
        if (!fits)
        {
            throw new ModelFormatException(
                $"The factors on '{name}' are {string.Join(" × ", a.Shape)} and {string.Join(" × ", b.Shape)}; "
                + $"r is {rank}, so {rank} × in and out × {rank} are accepted.");
        }
    }

    private static unsafe Parameter ToParameter(string name, SafetensorsTensor tensor)
    {
        var parameter = new Parameter(name, (int)tensor.Shape[0], (int)tensor.Shape[1], isVector: false);
        try
        {
            tensor.ReadSingles(parameter.Value);
            return parameter;
        }
        catch
        {
            parameter.Dispose();
            throw;
        }
    }
}
