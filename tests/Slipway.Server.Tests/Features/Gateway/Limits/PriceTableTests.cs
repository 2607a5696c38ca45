using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Server.Features.Gateway;
using Slipway.Server.Features.Gateway.Limits;

namespace Slipway.Server.Tests.Features.Gateway.Limits;

public sealed class PriceTableTests : IDisposable
{
    private readonly DataSite _site = new();

    public void Dispose() => _site.Dispose();

    [Fact]
    public void Tokens_are_priced_by_their_kind()
    {
        using var prices = Table(
            ("Gateway:Prices:org/m:Prompt", "2"), ("Gateway:Prices:org/m:Completion", "10"), ("Gateway:Prices:org/m:Cached", "0.5"));

        // 600 × 2 + 400 × 0.5 + 100 × 10 dollars per million.
        Assert.Equal(2_400_000, prices["org/m"].Of(new TokenUsage(1000, 100, Cached: 400)));
        Assert.Equal(0, prices["unknown"].Of(new TokenUsage(1000, 100)));
    }

    [Fact]
    public void A_name_with_a_colon_has_its_price_and_cached_tokens_cost_as_others_unless_said()
    {
        using var prices = Table(("Gateway:Prices:qwen3:8b:Prompt", "0.04"));

        Assert.Equal(40_000, prices["qwen3:8b"].Of(new TokenUsage(1000, 0, Cached: 500)));
    }

    [Theory]
    [InlineData("Gateway:Prices:m:Prompt", "-1")]
    [InlineData("Gateway:Prices:m:Prompt", "cheap")]
    [InlineData("Gateway:Prices:m:Prompt", "1e30")]
    [InlineData("Gateway:Prices:m:Promt", "1")]
    [InlineData("Gateway:Prices:Prompt", "1")]
    public void What_is_no_price_is_refused_by_name(string name, string value)
    {
        var refusal = Assert.Throws<ServerStartException>(() => Table((name, value)).Dispose());

        Assert.Contains(name, refusal.Message, StringComparison.OrdinalIgnoreCase);
    }

    private PriceTable Table(params (string, string)[] settings) => new(_site.Settings(settings), NullLogger<PriceTable>.Instance);
}
