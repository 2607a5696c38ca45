using System.Buffers.Binary;
using System.Text;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Gguf;

namespace Slipway.Engine.Tests.Formats;

public sealed unsafe class GgufFileTests
{
    [Fact]
    public void What_the_writer_writes_the_reader_reads()
    {
        using var path = new TemporaryFile();
        var writer = Writer();
        writer.AddTensor("a", GgmlType.F32, [3, 2], new byte[24]);
        writer.AddTensor("b", GgmlType.Q8_0, [64], Enumerable.Range(0, 68).Select(i => (byte)i).ToArray());
        writer.Write(path.Path);

        using var file = GgufFile.Open(path.Path);

        Assert.Equal("文字 text", file.Metadata.GetString("text"));
        Assert.Equal(7, file.Metadata.GetInteger("count"));
        Assert.Equal(-7, file.Metadata.GetInteger("negative"));
        Assert.Equal(7, file.Metadata.GetNumber("count"));
        Assert.Equal(0.5, file.Metadata.GetNumber("share"));
        Assert.True(file.Metadata.GetBool("yes"));
        Assert.Equal(["", "二", "three"], file.Metadata.GetStrings("names")!.ToArray());
        Assert.Equal([1, -2, 3], file.Metadata.GetIntegers("numbers")!);
        Assert.Equal([1.5f, 2.5f], file.Metadata.GetFloats("shares")!);
        Assert.Null(file.Metadata.GetString("missing"));
        Assert.Equal(3, file.Metadata.ArrayLength("names"));
        Assert.Equal([3, 2], file.FindTensor("a")!.Dimensions);
        Assert.Equal(67, file.FindTensor("b")!.Data[67]);
        Assert.Equal(2, file.Tensors.Count);
        Assert.Equal(new FileInfo(path.Path).Length, file.Length);
    }

    [Theory]
    [InlineData("text", "GetInteger")]
    [InlineData("count", "GetString")]
    [InlineData("names", "GetIntegers")]
    public void A_value_of_another_type_is_a_fault_that_names_both(string key, string getter)
    {
        using var path = new TemporaryFile();
        Writer().Write(path.Path);
        using var file = GgufFile.Open(path.Path);

        var fault = Assert.Throws<ModelFormatException>(() => getter switch
        {
            "GetInteger" => file.Metadata.GetInteger(key),
            "GetString" => (object?)file.Metadata.GetString(key),
            _ => file.Metadata.GetIntegers(key),
        });

        Assert.Contains($"'{key}'", fault.Message, StringComparison.Ordinal);
        Assert.Contains("wanted is", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_padding_after_the_last_tensor_is_forgiven_and_a_missing_byte_of_it_is_not()
    {
        var whole = WholeFile();

        Open(whole[..^28]).Dispose(); // The tensor has 4 bytes, padded to 32.
        var fault = Assert.Throws<ModelFormatException>(() => Open(whole[..^29]));

        Assert.Contains("cut short", fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, byte[], string> BrokenFiles()
    {
        byte[] Header(ulong tensors, ulong pairs, params byte[][] rest) =>
            [.. "GGUF"u8, 3, 0, 0, 0, .. U64(tensors), .. U64(pairs), .. rest.SelectMany(part => part)];
        byte[] Tensor(string name, uint rank, ulong dimension, uint type, ulong offset) =>
            [.. Text(name), .. U32(rank), .. Enumerable.Repeat(U64(dimension), (int)Math.Min(rank, 4)).SelectMany(part => part), .. U32(type), .. U64(offset)];
        byte[] Pair(string key, uint value) => [.. Text(key), .. U32(4), .. U32(value)];
        var pad = new byte[200];
        return new TheoryData<string, byte[], string>
        {
            { "empty", [], "has 0 bytes" },
            { "no magic", new byte[64], "does not begin with 'GGUF'" },
            { "big-endian", [.. "GGUF"u8, 0, 0, 0, 3, .. new byte[16]], "big-endian" },
            { "version 1", [.. "GGUF"u8, 1, 0, 0, 0, .. new byte[16]], "version 1" },
            { "tensor count", Header(ulong.MaxValue, 0, pad), "the number of tensors is 18446744073709551615" },
            { "pair count", Header(0, 1UL << 40, pad), "the number of metadata pairs" },
            { "key length", Header(0, 1, U64(1UL << 62), pad), "the length of a key" },
            { "value type", Header(0, 1, Text("k"), U32(99), pad), "the type 99" },
            { "nested list", Header(0, 1, Text("k"), U32(9), U32(9), U64(1), pad), "list of lists" },
            { "list length", Header(0, 1, Text("k"), U32(9), U32(4), U64(1UL << 61), pad), "the number of values of 'k'" },
            { "twice the key", Header(0, 2, Pair("k", 1), Pair("k", 2), pad), "'k' appears twice" },
            { "alignment", Header(0, 1, Pair("general.alignment", 3), pad), "powers of two" },
            { "no dimensions", Header(1, 0, Tensor("t", 0, 0, 0, 0), pad), "0 dimensions" },
            { "five dimensions", Header(1, 0, Tensor("t", 5, 1, 0, 0), pad), "5 dimensions" },
            { "zero dimension", Header(1, 0, Tensor("t", 1, 0, 0, 0), pad), "dimension 0 of tensor 't' is 0" },
            { "overflow", Header(1, 0, Tensor("t", 4, int.MaxValue, 0, 0), pad), "which no file can hold" },
            { "unknown type", Header(1, 0, Tensor("t", 1, 32, 23, 0), pad), "IQ4_XS (23)" },
            { "partial block", Header(1, 0, Tensor("t", 1, 31, 8, 0), pad), "multiple of 32" },
            { "odd offset", Header(1, 0, Tensor("t", 1, 4, 0, 5), pad), "no multiple of 32" },
            { "offset past the end", Header(1, 0, Tensor("t", 1, 4, 0, 1UL << 40), pad), "cut short" },
            { "overlap", Header(2, 0, Tensor("a", 1, 16, 0, 0), Tensor("b", 1, 16, 0, 32), pad), "inside the one before" },
            { "same name", Header(2, 0, Tensor("a", 1, 4, 0, 0), Tensor("a", 1, 4, 0, 32), pad), "'a' appears twice" },
        };
    }

    [Theory]
    [MemberData(nameof(BrokenFiles))]
    public void A_broken_file_is_a_fault_that_says_what_is_wrong(string what, byte[] content, string expected)
    {
        var fault = Assert.Throws<ModelFormatException>(() => Open(content));

        Assert.True(fault.Message.Contains(expected, StringComparison.Ordinal), $"{what}: {fault.Message}");
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_told_apart()
    {
        Assert.Throws<FileNotFoundException>(() => GgufFile.Open("/no/such/file.gguf"));
        Assert.Contains("is a folder", Assert.Throws<ModelFormatException>(() => GgufFile.Open(Path.GetTempPath())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_parts_of_a_split_model_are_one_file()
    {
        var folder = Directory.CreateTempSubdirectory("slipway-").FullName;
        for (var part = 0; part < 3; part++)
        {
            var writer = new GgufWriter();
            writer.Add("split.no", (uint)part);
            writer.Add("split.count", 3u);
            writer.Add("split.tensors.count", 3);
            writer.AddTensor($"t{part}", GgmlType.F32, [1], new byte[4]);
            writer.Write(Path.Combine(folder, $"m-{part + 1:D5}-of-00003.gguf"));
        }

        using (var file = GgufFile.Open(Path.Combine(folder, "m-00001-of-00003.gguf")))
        {
            Assert.Equal(["t0", "t1", "t2"], file.Tensors.Select(tensor => tensor.Name));
        }
        var second = Assert.Throws<ModelFormatException>(() => GgufFile.Open(Path.Combine(folder, "m-00002-of-00003.gguf")));
        File.Delete(Path.Combine(folder, "m-00003-of-00003.gguf"));
        var missing = Assert.Throws<FileNotFoundException>(() => GgufFile.Open(Path.Combine(folder, "m-00001-of-00003.gguf")));

        Assert.Contains("m-00001-of-00003.gguf", second.Message, StringComparison.Ordinal);
        Assert.Contains("m-00003-of-00003.gguf", missing.Message, StringComparison.Ordinal);
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_tensor_of_the_wrong_size_leaves_no_file_behind()
    {
        using var path = new TemporaryFile();
        var writer = new GgufWriter();
        writer.AddTensor("t", GgmlType.F32, [2], new byte[4]);

        Assert.Throws<InvalidOperationException>(() => writer.Write(path.Path));

        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(path.Path)!, Path.GetFileName(path.Path) + "*"));
    }

    internal static byte[] WholeFile()
    {
        using var path = new TemporaryFile();
        var writer = Writer();
        writer.AddTensor("matrix", GgmlType.Q4_0, [32, 2], new byte[36]);
        writer.AddTensor("last", GgmlType.F32, [1], new byte[4]);
        writer.Write(path.Path);
        return File.ReadAllBytes(path.Path);
    }

    private static GgufFile Open(byte[] content)
    {
        using var path = new TemporaryFile(content);
        return GgufFile.Open(path.Path);
    }

    private static GgufWriter Writer()
    {
        var writer = new GgufWriter();
        writer.Add("text", "文字 text");
        writer.Add("count", 7u);
        writer.Add("negative", -7);
        writer.Add("share", 0.5f);
        writer.Add("yes", value: true);
        writer.Add("names", ["", "二", "three"]);
        writer.Add("numbers", [1, -2, 3]);
        writer.Add("shares", [1.5f, 2.5f]);
        return writer;
    }

    private static byte[] U32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] U64(ulong value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return bytes;
    }

    private static byte[] Text(string text) => [.. U64((ulong)Encoding.UTF8.GetByteCount(text)), .. Encoding.UTF8.GetBytes(text)];
}
