using System.Text.Json.Nodes;
using Slipway.Server.Features.Deployer.SageMaker;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

public sealed class EndpointParamsTests
{
    [Fact]
    public void Whats_not_for_an_endpoint_passes()
    {
        var (read, fault) = Read("""{"max_tokens":2048,"temperature":0.7,"framework_params":{"limit_concurrency":1}}""");

        Assert.Null(fault);
        Assert.Equal((1, 1, null), (read!.MinCapacity, read.MaxCapacity, read.WeightsUri));
    }

    [Fact]
    public void Capacities_weights_and_arguments_are_taken()
    {
        var (read, _) = Read("""
            {"service_params":{"min_capacity":2,"max_capacity":"4","auto_scaling_target_value":7.5},
             "model_params":{"model_files_s3_path":"s3://our-bucket/models/qwen3-8b"},"engine_params":{"cli_args":"--max-model-len 4096"}}
            """);

        Assert.Equal((2, 4, 7.5), (read!.MinCapacity, read.MaxCapacity, read.ScalingTarget));
        Assert.Equal("s3://our-bucket/models/qwen3-8b/", read.WeightsUri);
        Assert.Equal(["--max-model-len", "4096"], read.Arguments);
    }

    [Theory]
    [InlineData("""{"service_params":{"min_capacity":0}}""", "min_capacity is 0; accepted is a whole number from 1 to 100")]
    [InlineData("""{"service_params":{"min_capacity":4,"max_capacity":2}}""", "from 4 to 100")]
    [InlineData("""{"service_params":{"min_capacity":"many"}}""", "many")]
    [InlineData("""{"service_params":{"vpc_id":"vpc-1"}}""", "service_params.vpc_id means nothing here; accepted: min_capacity")]
    [InlineData("""{"service_params":[1]}""", "no object")]
    [InlineData("""{"model_params":{"model_files_s3_path":"https://example.com/weights"}}""", "s3://bucket/models")]
    [InlineData("""{"model_params":{"model_files_s3_path":"s3://bucket/../other"}}""", "s3://bucket/../other")]
    [InlineData("""{"model_params":{"model_files_s3_path":{"a":1}}}""", "model_files_s3_path")]
    [InlineData("""{"engine_params":{"cli_args":["--port","1"]}}""", "no text")]
    [InlineData("""{"engine_params":{"cli_args":"--a 'b"}}""", "never closed")]
    public void What_cannot_be_is_refused_with_what_could(string json, string words) => Assert.Contains(words, Read(json).Fault, StringComparison.Ordinal);

    [Fact]
    public void Only_an_asynchronous_endpoint_may_sleep()
    {
        var (read, fault) = EndpointParams.Read(JsonNode.Parse("""{"service_params":{"min_capacity":0,"max_capacity":3}}""")!.AsObject(), isAsync: true);

        Assert.Null(fault);
        Assert.Equal((0, 3), (read!.MinCapacity, read.MaxCapacity));
    }

    private static (EndpointParams? Params, string? Fault) Read(string json) => EndpointParams.Read(JsonNode.Parse(json)!.AsObject(), isAsync: false);
}
