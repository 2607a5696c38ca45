using Microsoft.Extensions.Options;
using Slipway.Server.Platform.Hub;
using Slipway.Server.Serving;
using Slipway.Server.Tests.Features.Gateway;

namespace Slipway.Server.Tests.Serving;

public sealed class ModelLocatorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-models-").FullName;
    private readonly DataSite _data = new();

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        _data.Dispose();
    }

    [Theory]
    [InlineData("tiny", null, "tiny.gguf")]
    [InlineData("tiny.gguf", null, "tiny.gguf")]
    [InlineData("qwen3-0.6b", "q4_0", "qwen3-0.6b-Q4_0.gguf")]
    [InlineData("Qwen3-0.6B", "Q8_0", "qwen3-0.6b-Q8_0.gguf")]
    [InlineData("qwen3-0.6b-Q8_0", "Q4_0", "qwen3-0.6b-Q4_0.gguf")]
    [InlineData("qwen3-0.6b-Q8_0", null, "qwen3-0.6b-Q8_0.gguf")]
    [InlineData("large", null, "large-Q4_K-00001-of-00002.gguf")]
    [InlineData("large", "Q4_K", "large-Q4_K-00001-of-00002.gguf")]
    [InlineData("sub", null, "sub/inner.gguf")]
    [InlineData("Qwen3-0.6B-Base", null, "Qwen3-0.6B-Base")]
    [InlineData("Qwen3-0.6B-Base/", null, "Qwen3-0.6B-Base")]
    [InlineData("both", null, "both")]
    [InlineData("both/", null, "both")]
    [InlineData("both", "Q8_0", "both/both-Q8_0.gguf")]
    [InlineData("both/both-Q8_0", null, "both/both-Q8_0.gguf")]
    public void A_name_a_path_and_a_format_find_their_file(string model, string? quantization, string expected)
    {
        var locator = Locator();

        var (source, _) = locator.Find(model, quantization);

        Assert.Equal(Path.Combine(_folder, expected), source?.Path);
    }

    [Fact]
    public void An_absolute_path_needs_no_folder()
    {
        var path = Path.Combine(_folder, "tiny.gguf");

        var (source, _) = Locator().Find(path, null);

        Assert.Equal(path, source?.Path);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_known_ones()
    {
        var (source, refusal) = Locator().Find("nothing", null);

        Assert.Null(source);
        Assert.Contains("nothing", refusal.English, StringComparison.Ordinal);
        Assert.Contains("tiny", refusal.English, StringComparison.Ordinal);
        Assert.Contains("Qwen3-0.6B-Base", refusal.English, StringComparison.Ordinal);
        Assert.DoesNotContain(_folder, refusal.English, StringComparison.Ordinal);
    }

    [Fact]
    public void A_format_that_is_not_there_is_answered_with_those_that_are()
    {
        var (source, refusal) = Locator().Find("qwen3-0.6b", "Q2_K");

        Assert.Null(source);
        Assert.Contains("Q4_0, Q8_0", refusal.English, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\0b")]
    [InlineData("..")]
    [InlineData("///")]
    [InlineData("con:*?<>|")]
    public void A_hostile_name_is_only_not_found(string model)
    {
        var (source, _) = Locator().Find(model, "Q8_0");

        Assert.Null(source);
    }

    private ModelLocator Locator()
    {
        string[] files = ["tiny.gguf", "qwen3-0.6b-Q8_0.gguf", "qwen3-0.6b-Q4_0.gguf", "sub/inner.gguf", "sub/config.json",
            "both/config.json", "both/model.safetensors", "both/both-Q8_0.gguf", "Qwen3-0.6B-Base/config.json", "notes.txt",
            "large-Q4_K-00001-of-00002.gguf", "large-Q4_K-00002-of-00002.gguf"];
        Directory.CreateDirectory(Path.Combine(_folder, "sub"));
        Directory.CreateDirectory(Path.Combine(_folder, "both"));
        Directory.CreateDirectory(Path.Combine(_folder, "Qwen3-0.6B-Base"));
        foreach (var file in files)
        {
            File.WriteAllText(Path.Combine(_folder, file), "");
        }

        return new ModelLocator(Options.Create(new ServingOptions { ModelsFolder = _folder }), new HubShelf(_data.Settings()));
    }
}
