using Slipway.Server.Platform.Hub;

namespace Slipway.Server.Tests.Platform.Hub;

public sealed class HubNameTests
{
    [Theory]
    [InlineData("Qwen/Qwen3-0.6B-GGUF", null, null)]
    [InlineData("Qwen/Qwen3-0.6B-GGUF:Q4_K_M", "Q4_K_M", null)]
    [InlineData("Qwen/Qwen3-0.6B-GGUF@main", null, "main")]
    [InlineData("Qwen/Qwen3-0.6B-GGUF:sub/x-00001-of-00002.gguf@refs/pr/1", "sub/x-00001-of-00002.gguf", "refs/pr/1")]
    public void A_name_is_read_in_its_parts(string text, string? selector, string? revision)
    {
        var name = HubName.Parse(text);

        Assert.Equal(("Qwen/Qwen3-0.6B-GGUF", selector, revision, text), (name.Repository, name.Selector, name.Revision, name.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("tiny")]
    [InlineData("a/b/c")]
    [InlineData("../b")]
    [InlineData("a/..")]
    [InlineData("a/b:../../etc/passwd")]
    [InlineData("a/b:/etc/passwd")]
    [InlineData("a/b:x\\y")]
    [InlineData("a/b:x\u0007")]
    [InlineData("a/b:")]
    [InlineData("a/b@")]
    [InlineData("a/b@x/../y")]
    [InlineData("a/b@x//y")]
    [InlineData("/a/b")]
    [InlineData("./b")]
    [InlineData("a /b")]
    [InlineData("a/b?x=1")]
    [InlineData("a/b%2e%2e")]
    [InlineData("models/x.gguf")]
    [InlineData("模型/小")]
    public void What_is_no_name_is_none(string text) => Assert.Null(HubName.TryParse(text));

    [Theory]
    [InlineData("x.gguf", true)]
    [InlineData("a/b/c.json", true)]
    [InlineData("模型.gguf", true)]
    [InlineData("", false)]
    [InlineData("/x", false)]
    [InlineData("x/", false)]
    [InlineData("a//b", false)]
    [InlineData("a/../b", false)]
    [InlineData("./b", false)]
    [InlineData("C:x", false)]
    [InlineData("a\\b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\0b", false)]
    [InlineData("a.", false)]
    [InlineData("a /b", false)]
    [InlineData("a\u202Eb", false)]
    [InlineData("a\u2028b", false)]
    [InlineData("گفت\u200Cگو.gguf", true)]
    public void Only_paths_that_stay_inside_are_safe(string path, bool isSafe) => Assert.Equal(isSafe, RemotePath.IsSafe(path));

    [Fact]
    public void Overlong_paths_are_not_safe()
    {
        Assert.False(RemotePath.IsSafe(new string('a', 201)));
        Assert.False(RemotePath.IsSafe(string.Join('/', Enumerable.Repeat(new string('a', 100), 6))));
    }
}
