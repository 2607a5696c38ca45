using Slipway.Engine.Formats;
using Slipway.Engine.Quantization;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;

namespace Slipway.Engine.Tests.Quantization;

public sealed class ModelQuantizerFuzzTests
{
    private const int Rounds = 300;
    private static readonly ulong[] Extremes = [0, 1, 31, 255, int.MaxValue, uint.MaxValue, long.MaxValue, ulong.MaxValue, 1UL << 40];

    [Fact]
    public void A_mutated_file_is_quantized_or_refused_and_leaves_no_draft()
    {
        using var folder = new TemporaryFolder();
        var (input, output) = (folder.At("in.gguf"), folder.At("out.gguf"));
        TestModel.Create(hidden: 32).Write(input);
        var seed = File.ReadAllBytes(input);
        var random = new Random(1);
        var (written, refused) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            File.WriteAllBytes(input, Mutate(seed, random));
            try
            {
                var options = new QuantizationOptions { Type = QuantizationType.Q4_K_M, Threads = 1, AllowRequantize = true, Overwrites = true };
                ModelQuantizer.Quantize(input, output, options, progress: null, TestContext.Current.CancellationToken);
                written++;
            }
            catch (ModelFormatException)
            {
                refused++;
            }
            Assert.DoesNotContain(Directory.GetFiles(folder.Path), file => file != input && file != output);
        }

        Assert.True(written > 20 && refused > 20, $"{written} written, {refused} refused");
    }

    /// <summary>Anywhere in the file: numbers of the header, names, and weights that become NaN.</summary>
    private static byte[] Mutate(byte[] seed, Random random)
    {
        var bytes = (byte[])seed.Clone();
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var limit = random.Next(2) == 0 ? bytes.Length : 9000; // Metadata and descriptions come first.
            var value = BitConverter.GetBytes(Extremes[random.Next(Extremes.Length)]);
            var at = random.Next(limit - 8);
            value.AsSpan(0, random.Next(2) == 0 ? 4 : 8).CopyTo(bytes.AsSpan(at));
        }
        return random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }
}
