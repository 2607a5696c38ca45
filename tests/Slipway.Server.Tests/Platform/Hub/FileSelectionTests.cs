using Slipway.Server.Platform.Hub;

namespace Slipway.Server.Tests.Platform.Hub;

public sealed class FileSelectionTests
{
    private const long GiB = 1L << 30;

    [Fact]
    public void Of_small_models_the_usual_choice_is_q8_and_the_others_are_told()
    {
        var choice = Choose(null, ("m-Q4_K_M.gguf", GiB / 2), ("m-Q8_0.gguf", GiB), ("mmproj-F16.gguf", GiB), ("README.md", 9));

        Assert.Equal(("m-Q8_0.gguf", "Q4_K_M"), (choice.Main, string.Join(' ', choice.Others)));
    }

    [Fact]
    public void Of_large_models_the_usual_choice_is_q4() =>
        Assert.Equal("m-Q4_K_M.gguf", Choose(null, ("m-Q4_K_M.gguf", 5 * GiB), ("m-Q8_0.gguf", 9 * GiB)).Main);

    [Theory]
    [InlineData("q4_k_m", "m-Q4_K_M.gguf")]
    [InlineData("Q8_0", "Q8_0/m-Q8_0-00001-of-00002.gguf")]
    [InlineData("m-q4_k_m.gguf", "m-Q4_K_M.gguf")]
    [InlineData("m-Q4_K_M", "m-Q4_K_M.gguf")]
    [InlineData("Q8_0/m-Q8_0-00002-of-00002.gguf", "Q8_0/m-Q8_0-00001-of-00002.gguf")]
    [InlineData("IQ2_XXS", "m.IQ2_XXS.gguf")]
    [InlineData("UD-Q2_K_XL", "UD-Q2_K_XL/m.gguf")]
    public void A_format_or_a_file_chooses(string selector, string main)
    {
        var choice = Choose(
            selector, ("m-Q4_K_M.gguf", 1), ("Q8_0/m-Q8_0-00001-of-00002.gguf", 1), ("Q8_0/m-Q8_0-00002-of-00002.gguf", 1),
            ("m.IQ2_XXS.gguf", 1), ("UD-Q2_K_XL/m.gguf", 1));

        Assert.Equal(main, choice.Main);
        Assert.Equal(main.Contains("of-00002", StringComparison.Ordinal) ? 2 : 1, choice.Files.Count);
    }

    [Fact]
    public void Of_safetensors_the_weights_come_with_what_goes_with_them_and_nothing_else()
    {
        var choice = Choose(
            null, ("config.json", 1), ("tokenizer.json", 1), ("model-00001-of-00002.safetensors", 1), ("model-00002-of-00002.safetensors", 1),
            ("model.safetensors.index.json", 1), ("consolidated.safetensors", 1), ("original/x.safetensors", 1), ("pytorch_model.bin", 1), ("train.py", 1));

        Assert.Null(choice.Main);
        Assert.Equal(
            ["config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json", "tokenizer.json"],
            choice.Files.Select(file => file.Path));
    }

    [Theory]
    [InlineData("is a pickle", null, "config.json", "pytorch_model.bin")]
    [InlineData("is a pickle", "pytorch_model.bin", "config.json", "pytorch_model.bin")]
    [InlineData("holds no model", null, "README.md")]
    [InlineData("has no 'Q5_1'; it has Q8_0, safetensors", "Q5_1", "m-Q8_0.gguf", "config.json", "model.safetensors")]
    [InlineData("several of that format", "Q8_0", "a-Q8_0.gguf", "b-Q8_0.gguf")]
    [InlineData("several of that format", null, "a-Q8_0.gguf", "b-Q8_0.gguf")]
    [InlineData("is in 3 parts, and 2 are there", null, "m-00001-of-00003.gguf", "m-00003-of-00003.gguf")]
    [InlineData("alone is no model", "model.safetensors", "config.json", "model.safetensors")]
    public void What_is_no_model_is_refused_in_words(string says, string? selector, params string[] files)
    {
        var refusal = Assert.Throws<HubException>(() => Choose(selector, [.. files.Select(file => (file, 1L))]));

        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_by_name_are_whatever_they_are_but_no_pickles()
    {
        RemoteFile[] files = [new("README.md", 1, null), new("x.pt", 1, null)];

        Assert.Equal(["README.md"], FileSelection.Named(files, HubSite.Name, ["README.md"]).Files.Select(file => file.Path));
        Assert.Throws<HubException>(() => FileSelection.Named(files, HubSite.Name, ["x.pt"]));
        Assert.Throws<HubException>(() => FileSelection.Named(files, HubSite.Name, ["nothing"]));
    }

    private static FileChoice Choose(string? selector, params (string Path, long Size)[] files) =>
        FileSelection.Choose([.. files.Select(file => new RemoteFile(file.Path, file.Size, null))], HubSite.Name with { Selector = selector });
}
