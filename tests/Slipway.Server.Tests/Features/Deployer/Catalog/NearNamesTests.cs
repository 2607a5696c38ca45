using Slipway.Server.Features.Deployer.Catalog;

namespace Slipway.Server.Tests.Features.Deployer.Catalog;

public sealed class NearNamesTests
{
    private static readonly ModelCatalog Known = new();

    [Theory]
    [InlineData("qwen3-8b", "Qwen3-8B")]
    [InlineData("Qwen/Qwen3-8B", "Qwen3-8B")]
    [InlineData("Qwen3_8B", "Qwen3-8B")]
    [InlineData("Qwen3-8", "Qwen3-8B")]
    [InlineData("Llama-3.1-8B-GGUF", "Llama-3.1-8B")]
    [InlineData("slipway", "slipway-tiny")]
    public void The_first_is_what_was_meant(string written, string meant)
    {
        var near = Known.Near(written);

        Assert.Equal(meant, near[0]);
        Assert.True(near.Count <= 3);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("---")]
    [InlineData("completely-different-thing")]
    public void Nothing_is_near_what_is_far(string written) => Assert.Empty(Known.Near(written));

    [Fact]
    public void An_endless_name_is_not_compared() => Assert.Empty(Known.Near(new string('q', 100_000)));
}
