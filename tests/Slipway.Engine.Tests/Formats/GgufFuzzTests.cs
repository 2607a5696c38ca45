using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Tests.Architectures;

namespace Slipway.Engine.Tests.Formats;

public sealed class GgufFuzzTests
{
    private const int Rounds = 10_000;
    private const long Constant = 4 << 20;
    private static readonly ulong[] Extremes = [0, 1, 31, 255, 65_535, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue, 1UL << 32, 1UL << 48];

    /// <summary>Headers of ten thousand mutants: read or refused, and never more memory than the file and a constant.</summary>
    [Fact]
    public void A_mutated_file_is_read_or_refused_in_bounded_memory()
    {
        var random = new Random(20_261_121);
        byte[][] seeds = [GgufFileTests.WholeFile(), SmallModel()];
        var refused = 0;

        for (var round = 0; round < Rounds; round++)
        {
            var content = Mutate(seeds[round % 2], random);
            using var path = new TemporaryFile(content);
            var before = GC.GetAllocatedBytesForCurrentThread();

            refused += TryRead(path.Path) ? 0 : 1;

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < content.Length + Constant, $"Round {round}: {allocated} bytes for a file of {content.Length}.");
        }

        Assert.InRange(refused, Rounds / 4, Rounds - 1);
    }

    /// <summary>The whole way: metadata, tensors, tokenizer, template.</summary>
    private static bool TryRead(string path)
    {
        try
        {
            using var file = GgufFile.Open(path);
            if (file.Metadata.Contains("general.architecture"))
            {
                LanguageModel.Load(path).Dispose();
            }
            return true;
        }
        catch (ModelFormatException)
        {
            return false;
        }
    }

    private static byte[] SmallModel()
    {
        using var path = new TemporaryFile();
        TestModel.Create(hidden: 32).Write(path.Path);
        return File.ReadAllBytes(path.Path);
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        List<byte> bytes = [.. seed];
        var header = Math.Min(bytes.Count, 9000); // Metadata and descriptions; what follows are weights.
        for (var i = random.Next(1, 5); i > 0; i--)
        {
            var at = random.Next(Math.Min(header, bytes.Count - 8));
            switch (random.Next(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: Splice(bytes, at, BitConverter.GetBytes(Extremes[random.Next(Extremes.Length)])); break;
                case 2: bytes.RemoveRange(at, random.Next(1, 9)); break;
                case 3: bytes.InsertRange(at, Enumerable.Range(0, random.Next(1, 9)).Select(_ => (byte)random.Next(256))); break;
                default: Splice(bytes, at, BitConverter.GetBytes((uint)Extremes[random.Next(Extremes.Length)])); break;
            }
        }
        return random.Next(8) == 0 ? [.. bytes.Take(random.Next(bytes.Count))] : [.. bytes];
    }

    private static void Splice(List<byte> bytes, int at, byte[] value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            bytes[at + i] = value[i];
        }
    }
}
