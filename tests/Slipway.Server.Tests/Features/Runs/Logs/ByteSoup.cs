using System.Text;

namespace Slipway.Server.Tests.Features.Runs.Logs;

/// <summary>Output as no program would print it, the same for the same seed.</summary>
internal static class ByteSoup
{
    private static readonly byte[][] Pieces =
    [
        .. new[]
        {
            "\n", "\n", "\n", "\r", "\r\n", " ", "\t", "50%", "3/4", "a/b", "loss", "é", "好", "\0", "\u001b[31m", "\u001b[0m", "\u001b[K", "\u001b",
            "Traceback (most recent call last):\n", "  File \"x.py\", line 1\n", "ValueError: no\n", "ERROR ", "WARNING:root:", "[INFO|x] ", "\n\r 33%|███| 1/3",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF],
        [0xE5, 0xA5],
    ];

    public static byte[] Make(int seed, int pieces)
    {
        var random = new Random(seed);
        using var soup = new MemoryStream();
        for (var i = 0; i < pieces; i++)
        {
            soup.Write(Pieces[random.Next(Pieces.Length)]);
            if (random.Next(4000) == 0)
            {
                // Around the longest record, with characters of one and of three bytes.
                var run = Enumerable.Repeat(random.Next(2) == 0 ? "x" : "好", random.Next(20_000, 140_000));
                soup.Write(Encoding.UTF8.GetBytes(string.Concat(run)));
            }
        }
        return soup.ToArray();
    }
}
