using Slipway.Engine.Formats;
using Slipway.Engine.Formats.Safetensors;

namespace Slipway.Engine.Tests.Formats.Safetensors;

public sealed unsafe class SafetensorsShardTests
{
    [Fact]
    public void Tensors_are_found_in_the_shards_that_the_index_names()
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "model-00001-of-00002.safetensors", ("a", 1));
        Shard(folder, "model-00002-of-00002.safetensors", ("b", 2));
        Index(folder, """{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}""");
        var value = 0f;

        using var file = SafetensorsFile.Open(folder.Path);

        file.FindTensor("b")!.ReadSingles(&value);
        Assert.Equal(2, value);
        Assert.Equal(2, file.Tensors.Count);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../outside.safetensors"}}""", "../outside.safetensors")]
    [InlineData("""{"weight_map":{"a":"/etc/x.safetensors"}}""", "/etc/x.safetensors")]
    [InlineData("""{"weight_map":{"a":"..\\x.safetensors"}}""", "same folder")]
    [InlineData("""{"weight_map":{"a":"C:x.safetensors"}}""", "same folder")]
    [InlineData("""{"weight_map":{"a":"model.bin"}}""", "model.bin")]
    [InlineData("""{"weight_map":{"a":3}}""", "is in 3")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "twice")]
    [InlineData("""{"weight_map":{"b":"one.safetensors"}}""", "does not have it")]
    [InlineData("""{"weight_map":{"a":"\ud800.safetensors"}}""", "not valid Unicode")]
    [InlineData("""{"weight_map":{"\udc00":"one.safetensors"}}""", "not valid Unicode")]
    [InlineData("""{"weight_map":{}}""", "names 0 files")]
    [InlineData("""{"weight_map":[]}""", "weight_map")]
    [InlineData("""[]""", "expected is an object")]
    [InlineData("""{""", "cannot be read")]
    public void An_index_that_is_broken_or_reaches_elsewhere_is_refused(string index, string why)
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "one.safetensors", ("a", 1));
        Index(folder, index);

        var fault = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(folder.Path));

        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_message_about_an_endless_entry_stays_short()
    {
        using var folder = new TemporaryFolder();
        var (name, value) = (new string('n', 100_000), new string('v', 100_000));
        Index(folder, $$"""{"weight_map": {"{{name}}": "{{value}}" } }""");

        var fault = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(folder.Path));

        Assert.InRange(fault.Message.Length, 100, 600);
    }

    [Fact]
    public void A_tensor_that_the_index_does_not_name_is_found_as_well()
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "one.safetensors", ("a", 1), ("hidden", 3));
        Index(folder, """{"weight_map":{"a":"one.safetensors"}}""");

        using var file = SafetensorsFile.Open(folder.Path);

        Assert.NotNull(file.FindTensor("hidden"));
    }

    [Fact]
    public void Of_a_tensor_in_two_shards_the_one_that_the_index_names_counts()
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "one.safetensors", ("a", 1), ("b", 8));
        Shard(folder, "two.safetensors", ("a", 9), ("b", 2));
        Index(folder, """{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");
        var values = stackalloc float[2];

        using var file = SafetensorsFile.Open(folder.Path);

        file.FindTensor("a")!.ReadSingles(values);
        file.FindTensor("b")!.ReadSingles(values + 1);
        Assert.Equal((1f, 2f), (values[0], values[1]));
    }

    [Fact]
    public void A_tensor_in_two_shards_that_the_index_does_not_name_is_refused()
    {
        using var folder = new TemporaryFolder();
        Shard(folder, "one.safetensors", ("a", 1), ("c", 8));
        Shard(folder, "two.safetensors", ("b", 9), ("c", 2));
        Index(folder, """{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");

        var fault = Assert.Throws<ModelFormatException>(() => SafetensorsFile.Open(folder.Path));

        Assert.Contains("'c' is in two.safetensors and in another shard", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_shard_is_named()
    {
        using var folder = new TemporaryFolder();
        Index(folder, """{"weight_map":{"a":"gone.safetensors"}}""");

        var fault = Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(folder.Path));

        Assert.Contains("gone.safetensors", fault.Message, StringComparison.Ordinal);
    }

    private static void Index(TemporaryFolder folder, string json) => File.WriteAllText(folder.At("model.safetensors.index.json"), json);

    private static void Shard(TemporaryFolder folder, string file, params ReadOnlySpan<(string Name, float Value)> tensors)
    {
        var writer = new SafetensorsWriter();
        var values = stackalloc float[tensors.Length];
        for (var i = 0; i < tensors.Length; i++)
        {
            values[i] = tensors[i].Value;
            writer.Add(tensors[i].Name, [1], values + i);
        }
        writer.Write(folder.At(file));
    }
}
