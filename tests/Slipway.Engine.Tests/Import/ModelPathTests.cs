using Slipway.Engine.Import;
using Slipway.Engine.Tests.Formats;

namespace Slipway.Engine.Tests.Import;

public sealed class ModelPathTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(".", "config.json", "model.safetensors", "a.gguf")]
    [InlineData(".", "config.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")]
    [InlineData("a-Q8_0.gguf", "config.json", "b-Q4_0.gguf", "a-Q8_0.gguf")]
    [InlineData("b.gguf", "adapter.safetensors", "b.gguf")]
    [InlineData("x-00001-of-00002.gguf", "x-00002-of-00002.gguf", "x-00001-of-00002.gguf", "mmproj-x.gguf", "imatrix.gguf")]
    [InlineData(".", "config.json", "tokenizer.json")]
    [InlineData(".", "notes.txt")]
    public void A_folder_stands_for_its_safetensors_else_for_its_first_GGUF_file(string expected, params string[] files)
    {
        Write(files);

        var found = ModelPath.Resolve(_folder.Path);

        Assert.Equal(Path.GetFullPath(expected, _folder.Path), Path.GetFullPath(found));
    }

    [Fact]
    public void A_file_is_itself_whatever_lies_beside_it()
    {
        Write(["config.json", "model.safetensors", "a.gguf", "b.gguf"]);
        var file = Path.Combine(_folder.Path, "b.gguf");

        var found = ModelPath.Resolve(file);

        Assert.Equal(file, found);
    }

    [Fact]
    public void What_is_not_there_is_left_to_the_loader()
    {
        var found = ModelPath.Resolve("/no/such/model");

        Assert.Equal("/no/such/model", found);
    }

    public void Dispose() => _folder.Dispose();

    private void Write(string[] files)
    {
        foreach (var file in files)
        {
            File.WriteAllText(Path.Combine(_folder.Path, file), "");
        }
    }
}
