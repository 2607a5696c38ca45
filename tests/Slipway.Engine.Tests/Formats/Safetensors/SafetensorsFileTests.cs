using System.Buffers.Binary;
using System.Text;
using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Safetensors;

namespace Slipway.Engine.Tests.Formats.Safetensors;

public sealed unsafe class SafetensorsFileTests
{
    [Fact]
    public void What_was_written_is_read_back()
    {
        float[] values = [1.5f, -2, float.MaxValue, 1e-40f, 0, 7];
        using var path = new TemporaryFile();
        fixed (float* start = values)
        {
            var writer = new SafetensorsWriter();
            writer.AddMetadata("format", "pt");
            writer.Add("权重", [2, 3], start);
            writer.Write(path.Path);
        }

        using var file = SafetensorsFile.Open(path.Path);

        var tensor = file.FindTensor("权重")!;
        var read = new float[6];
        fixed (float* start = read)
        {
            tensor.ReadSingles(start);
        }
        Assert.Equal([2L, 3L], tensor.Shape);
        Assert.Equal(values, read);
        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal(0, (new FileInfo(path.Path).Length - tensor.ByteLength) % 8);
    }

    [Fact]
    public void Halves_and_bfloats_are_widened()
    {
        using var path = File("""{"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[],"data_offsets":[4,6]}}""", [0x00, 0x3C, 0x01, 0x00, 0xC0, 0x3F]);
        using var file = SafetensorsFile.Open(path.Path);
        var values = stackalloc float[3];

        file.FindTensor("h")!.ReadSingles(values);
        file.FindTensor("b")!.ReadSingles(values + 2);

        Assert.Equal([1f, MathF.Pow(2, -24), 1.5f], new ReadOnlySpan<float>(values, 3).ToArray());
    }

    [Fact]
    public void Values_that_are_no_weights_are_refused_by_type()
    {
        using var path = File("""{"i":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}""", new byte[8]);
        using var file = SafetensorsFile.Open(path.Path);
        var values = stackalloc float[1];

        var fault = Record.Exception(() => file.FindTensor("i")!.ReadSingles(null));

        Assert.Contains("I64", Assert.IsType<ModelFormatException>(fault).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]},"b":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]}}""", 6)]
    [InlineData("""{"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 3)]
    [InlineData("""{"e":{"dtype":"F32","shape":[0,9],"data_offsets":[4,4]},"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4)]
    [InlineData("""{"__metadata__":{}}""", 0)]
    [InlineData("""{}      """, 0)]
    public void Headers_within_the_rules_are_accepted(string header, int bytes)
    {
        using var path = File(header, new byte[bytes]);

        using var file = SafetensorsFile.Open(path.Path);

        Assert.Equal(bytes, file.Tensors.Sum(tensor => tensor.ByteLength));
    }

    [Theory]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "twice")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}}""", 6, "ends at 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[1],"data_offsets":[5,6]}}""", 6, "ends at 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "ends at 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 5, "the file has 5")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "the file has 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "64 bits")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[4,0]}}""", 4, "4 to 0")]
    [InlineData("""{"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}}""", 1, "12 bits")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", 0, "larger than any file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775807,2,0],"data_offsets":[0,0]}}""", 0, "larger than any file")]
    [InlineData("""{"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}}""", 4, "integers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "integers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "integers")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}""", 4, "up to 8")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "two data_offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""", 4, "up to 2")]
    [InlineData("""{"a":{"dtype":"17","shape":[1],"data_offsets":[0,4]}}""", 4, "of type '17'")]
    [InlineData("""{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""", 4, "of type 'f32'")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4, "expected is String")]
    [InlineData("""{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "once each")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 0, "needs a dtype")]
    [InlineData("""{"a":[]}""", 0, "expected is StartObject")]
    [InlineData("""{"__metadata__":{"k":1}}""", 0, "expected is String")]
    [InlineData("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "twice")]
    [InlineData("""{} x""", 0, "cannot be read")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}""", 4, "cannot be read")]
    [InlineData("""[]""", 0, "no JSON object")]
    [InlineData(" {}", 0, "no JSON object")]
    [InlineData("""{"\ud800":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 4, "cannot be read")]
    public void A_header_that_breaks_a_rule_is_refused_by_that_rule(string header, int bytes, string rule)
    {
        using var path = File(header, new byte[bytes]);

        var fault = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(path.Path));

        Assert.Contains(rule, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(long.MaxValue)]
    [InlineData(100_000_001UL)]
    [InlineData(3UL)]
    [InlineData(1UL)]
    [InlineData(0UL)]
    public void A_header_length_that_the_file_cannot_hold_is_refused(ulong length)
    {
        var content = new byte[10];
        BinaryPrimitives.WriteUInt64LittleEndian(content, length);
        using var path = new TemporaryFile(content);

        var fault = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(path.Path));

        Assert.Contains($"the header has {length} bytes", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_of_endless_empty_tensors_is_refused()
    {
        var entries = Enumerable.Range(0, 300_000).Select(i => $$"""  "{{i}}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}""");
        using var path = File($"{{{string.Join(',', entries)}}}", []);

        var fault = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(path.Path));

        Assert.Contains("262144 tensors", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_mutated_ten_thousand_times_are_read_or_refused_in_bounded_memory()
    {
        var random = new Random(5);
        var seed = Content(
            """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"b":{"dtype":"BF16","shape":[4],"data_offsets":[24,32]}}""",
            new byte[32]);
        var refused = 0;
        using var path = new TemporaryFile();

        for (var round = 0; round < 10_000; round++)
        {
            System.IO.File.WriteAllBytes(path.Path, Mutate(seed, random));
            var before = GC.GetAllocatedBytesForCurrentThread();
            refused += Opens(path.Path) ? 0 : 1;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        }

        Assert.InRange(refused, 5000, 9999);
    }

    private static bool Opens(string path)
    {
        try
        {
            using var file = SafetensorsFile.Open(path);
            foreach (var tensor in file.Tensors.Where(tensor => tensor.Type is SafetensorsType.F32 or SafetensorsType.BF16))
            {
                var values = new float[tensor.ElementCount];
                fixed (float* start = values)
                {
                    tensor.ReadSingles(start);
                }
            }
            return true;
        }
        catch (ModelFormatException)
        {
            return false;
        }
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        List<byte> bytes = [.. seed];
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            var at = random.Next(bytes.Count - 16);
            switch (random.Next(5))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)"0123456789{}[],:\"- \\"[random.Next(20)]; break;
                case 2: bytes.RemoveRange(at, random.Next(1, 9)); break;
                case 3: bytes.InsertRange(at, "99999999999999999999"u8[..random.Next(1, 20)].ToArray()); break;
                default: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - 9), 8)); break;
            }
            if (bytes.Count < 64)
            {
                break;
            }
        }
        return [.. bytes];
    }

    private static TemporaryFile File(string header, byte[] data) => new(Content(header, data));

    private static byte[] Content(string header, byte[] data)
    {
        var json = Encoding.UTF8.GetBytes(header);
        return [.. BitConverter.GetBytes((ulong)json.Length), .. json, .. data];
    }
}
