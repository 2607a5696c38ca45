using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

public sealed class EngineVariablesTests
{
    [Theory]
    [InlineData("CUDA_VISIBLE_DEVICES")]
    [InlineData("vllm_api_key")]
    [InlineData("LLAMA_API_KEY")]
    [InlineData("LLAMA_ARG_TOOLS")]
    [InlineData("Gateway__Routes__x__Name")]
    [InlineData("SLIPWAY_DATA")]
    public void A_variable_that_does_what_an_argument_may_not_is_refused(string name)
    {
        var fault = EngineVariables.FaultOf(["HF_HOME", name]);

        Assert.Contains($"'{name}'", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_variables_are_the_users_own()
    {
        var fault = EngineVariables.FaultOf(["HF_HOME", "HF_TOKEN", "VLLM_USE_MODELSCOPE", "OMP_NUM_THREADS"]);

        Assert.Null(fault);
    }
}
