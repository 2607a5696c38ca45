using System.Diagnostics;
using System.Runtime.InteropServices;
using Slipway.Engine.Formats.Gguf;
using Slipway.Engine.Quantization;
using Slipway.Engine.Tests.Architectures;
using Slipway.Engine.Tests.Formats;
using Slipway.Engine.Tests.Quantization;

namespace Slipway.Engine.Tests.Peers;

/// <summary>Our quantizer beside llama.cpp's: the same values, the same format, and at most 2 % more error.</summary>
public sealed class LlamaQuantizerTests
{
    private const double Most = 1.02;

    public static TheoryData<GgmlType, string> Cases =>
        [.. Blocks.Types.SelectMany(type => ((string[])["gaussian", "heavy tails", "uniform, off zero", "mixed sizes"])
            .Select(kind => new TheoryDataRow<GgmlType, string>(type.Data, kind)))];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_tensor_has_no_more_error_than_llama_cpp_gives_it(GgmlType type, string kind)
    {
        var values = Blocks.Make(kind, 1 << 16, seed: 9);
        var theirs = Blocks.RootMeanSquare(values, Blocks.Decode(type, QuantizeThere(type, values), values.Length));

        var ours = Blocks.RootMeanSquare(values, Blocks.Decode(type, Blocks.Search(type, values), values.Length));

        Assert.True(ours <= Most * theirs, $"{ours:e4} and {theirs:e4}: {ours / theirs:f4}");
    }

    [Theory]
    [InlineData(GgmlType.Q4_K)]
    [InlineData(GgmlType.Q5_K)]
    [InlineData(GgmlType.Q6_K)]
    [InlineData(GgmlType.Q4_0)]
    public unsafe void The_bundled_model_s_matrices_have_no_more_error_than_llama_cpp_gives_them(GgmlType type)
    {
        using var file = GgufFile.Open(BundledModel.Find());
        foreach (var tensor in file.Tensors.Where(tensor => tensor.Dimensions.Length == 2))
        {
            var stored = new ReadOnlySpan<byte>(tensor.Data, (int)tensor.ByteLength).ToArray();
            var values = Blocks.Decode(tensor.Type, stored, (int)tensor.ElementCount);
            var theirs = Blocks.RootMeanSquare(values, Blocks.Decode(type, QuantizeThere(type, values), values.Length));

            var ours = Blocks.RootMeanSquare(values, Blocks.Decode(type, Blocks.Search(type, values), values.Length));

            Assert.True(ours <= Most * theirs, $"{tensor.Name}: {ours:e4} and {theirs:e4}: {ours / theirs:f4}");
        }
    }

    [Theory]
    [InlineData(QuantizationType.Q4_K_M)]
    [InlineData(QuantizationType.Q5_K_M)]
    [InlineData(QuantizationType.Q6_K)]
    [InlineData(QuantizationType.Q4_0)]
    [InlineData(QuantizationType.Q8_0)]
    public async Task The_program_on_the_path_chooses_the_same_formats_with_no_less_error(QuantizationType type)
    {
        var program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, "llama-quantize")).FirstOrDefault(File.Exists);
        Assert.SkipWhen(program is null, "llama-quantize is not on the PATH.");
        using var folder = new TemporaryFolder();
        var model = TestModel.Create(hidden: 256);
        model.Write(folder.At("in.gguf"));
        using var process = Process.Start(new ProcessStartInfo(program, [folder.At("in.gguf"), folder.At("theirs.gguf"), type.ToString()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await errors);

        var options = new QuantizationOptions { Type = type, MeasureErrors = true };
        var outcome = ModelQuantizer.Quantize(folder.At("in.gguf"), folder.At("ours.gguf"), options, null, TestContext.Current.CancellationToken);

        using var theirs = GgufFile.Open(folder.At("theirs.gguf"));
        Assert.All(outcome.Tensors, tensor => AssertNoWorse(model, tensor, theirs));
    }

    private static unsafe void AssertNoWorse(TestModel model, QuantizedTensor tensor, GgufFile theirs)
    {
        var stored = theirs.FindTensor(tensor.Name)!;
        var values = Blocks.Decode(tensor.From, model.Tensors[tensor.Name].Bytes, (int)tensor.Values);
        var bytes = new ReadOnlySpan<byte>(stored.Data, (int)stored.ByteLength).ToArray();
        var error = Blocks.RootMeanSquare(values, Blocks.Decode(stored.Type, bytes, values.Length));

        Assert.Equal((tensor.Name, stored.Type), (tensor.Name, tensor.To));
        Assert.True(tensor.Error <= Most * error, $"{tensor.Name}: {tensor.Error:e4} and {error:e4}");
    }

    /// <summary>ggml_init fills the tables that its functions read; ggml_quantize_chunk encodes rows without an importance matrix.</summary>
    private static unsafe byte[] QuantizeThere(GgmlType type, float[] values)
    {
        var library = NativeLibrary.Load(LlamaCpp.QuantizerLibrary());
        var start = (delegate* unmanaged<InitParameters, void*>)NativeLibrary.GetExport(library, "ggml_init");
        var free = (delegate* unmanaged<void*, void>)NativeLibrary.GetExport(library, "ggml_free");
        var quantize = (delegate* unmanaged<int, float*, void*, long, long, long, float*, nuint>)NativeLibrary.GetExport(library, "ggml_quantize_chunk");
        free(start(new InitParameters { Bytes = 1024 }));
        var bytes = new byte[type.RowBytes(values.Length)];
        fixed (float* source = values)
        fixed (byte* target = bytes)
        {
            var written = quantize((int)type, source, target, 0, values.Length / Blocks.Length, Blocks.Length, null);
            Assert.Equal((nuint)bytes.Length, written);
        }
        return bytes;
    }

    /// <summary>Passed by value, as C does.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct InitParameters
    {
        public nuint Bytes;
        public nint Buffer;
        public byte NoAlloc;
    }
}
