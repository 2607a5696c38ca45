using System.CommandLine;
using Slipway.Commands;

namespace Slipway.Server.Tests.Commands;

public sealed class ModelOptionsTests
{
    [Theory]
    [InlineData("-1")]
    [InlineData("100.5")]
    [InlineData("NaN")]
    public void A_temperature_that_no_model_can_use_is_refused_by_its_name(string value)
    {
        var result = Parse(value, out _);

        Assert.Equal($"--temperature is {value}; accepted is 0 to 100.", Assert.Single(result.Errors).Message);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.7", 0.7f)]
    [InlineData("100", 100)]
    public void A_temperature_between_is_taken(string value, float expected)
    {
        var result = Parse(value, out var temperature);

        Assert.Empty(result.Errors);
        Assert.Equal(expected, result.GetValue(temperature));
    }

    private static ParseResult Parse(string value, out Option<float> temperature)
    {
        temperature = ModelOptions.Temperature();
        return new RootCommand { temperature }.Parse(["--temperature", value]);
    }
}
