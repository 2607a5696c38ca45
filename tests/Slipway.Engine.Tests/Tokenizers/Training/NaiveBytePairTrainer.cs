using System.Text;
using Slipway.Engine.Tokenizers;

namespace Slipway.Engine.Tests.Tokenizers.Training;

/// <summary>The definition, word for word: count all pairs anew for every merge. For small texts without special tokens.</summary>
internal static class NaiveBytePairTrainer
{
    /// <summary>The bytes of the learned tokens, the first one first.</summary>
    public static List<string> Learn(IEnumerable<string> texts, PreTokenizer preTokenizer, int count, int minimumFrequency)
    {
        var order = ByteLevelAlphabet.BytesInOrder.ToArray();
        List<string> tokens = [.. order.Select(value => Convert.ToHexString([value]))];
        var pieces = Pieces(texts, preTokenizer)
            .Select(piece => piece.Select(value => Array.IndexOf(order, value)).ToList())
            .ToList();
        while (tokens.Count < 256 + count)
        {
            var best = pieces.SelectMany(piece => piece.Zip(piece.Skip(1)))
                .GroupBy(pair => pair)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.First).ThenBy(group => group.Key.Second)
                .FirstOrDefault();
            if (best is null || best.Count() < minimumFrequency)
            {
                break;
            }

            var joined = tokens[best.Key.First] + tokens[best.Key.Second];
            if (!tokens.Contains(joined))
            {
                tokens.Add(joined);
            }

            pieces.ForEach(piece => Join(piece, best.Key, tokens.IndexOf(joined)));
        }

        return tokens[256..];
    }

    private static void Join(List<int> piece, (int First, int Second) pair, int result)
    {
        for (var i = 0; i + 1 < piece.Count; i++)
        {
            if ((piece[i], piece[i + 1]) == pair)
            {
                piece[i] = result;
                piece.RemoveAt(i + 1);
            }
        }
    }

    private static IEnumerable<byte[]> Pieces(IEnumerable<string> texts, PreTokenizer preTokenizer)
    {
        foreach (var text in texts)
        {
            for (int start = 0, end; start < text.Length; start = end)
            {
                end = start + PieceScanner.EndOfPiece(preTokenizer, text.AsSpan(start), 0);
                yield return Encoding.UTF8.GetBytes(text[start..end]);
            }
        }
    }
}
