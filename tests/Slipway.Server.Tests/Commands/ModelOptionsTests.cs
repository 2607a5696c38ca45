using System.CommandLine;
using Slipway.Commands;
using Slipway.Engine.Cache;

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

    [Theory]
    [InlineData("q4_0")]
    [InlineData("1")]
    [InlineData("")]
    public void A_kv_type_that_there_is_not_is_refused_by_its_name(string value)
    {
        var option = ModelOptions.KvType();

        var result = new RootCommand { option }.Parse(["--kv-type", value]);

        Assert.Equal($"--kv-type is '{value}'; accepted is f16 or q8_0.", Assert.Single(result.Errors).Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("f16", KvFormat.F16)]
    [InlineData("Q8_0", KvFormat.Q8)]
    public void A_kv_type_is_taken_in_capitals_or_not_or_left_open(string? value, KvFormat? expected = null)
    {
        var option = ModelOptions.KvType();

        var result = new RootCommand { option }.Parse(value is null ? [] : ["--kv-type", value]);

        Assert.Empty(result.Errors);
        Assert.Equal(expected, result.GetValue(option));
    }

    private static ParseResult Parse(string value, out Option<float> temperature)
    {
        temperature = ModelOptions.Temperature();
        return new RootCommand { temperature }.Parse(["--temperature", value]);
    }
}
