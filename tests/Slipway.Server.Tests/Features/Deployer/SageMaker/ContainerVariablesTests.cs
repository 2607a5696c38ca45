using Slipway.Server.Features.Deployer.SageMaker;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

public sealed class ContainerVariablesTests
{
    [Fact]
    public void Arguments_become_the_variables_that_the_container_makes_arguments_of()
    {
        var variables = new ContainerVariables();

        var fault = variables.Add(["--max-model-len", "4096", "--enable-prefix-caching", "--lora-modules", "a=x", "b=y", "--seed=-1", "--swap_space", "-4"]);

        Assert.Null(fault);
        Assert.Equal(
            [("SM_VLLM_ENABLE_PREFIX_CACHING", "true"), ("SM_VLLM_LORA_MODULES", """["a=x","b=y"]"""), ("SM_VLLM_MAX_MODEL_LEN", "4096"),
                ("SM_VLLM_SEED", "-1"), ("SM_VLLM_SWAP_SPACE", "-4")],
            variables.Values.Select(pair => (pair.Key, pair.Value)));
    }

    [Fact]
    public void A_flag_takes_the_place_of_its_opposite_and_of_what_was_said_before()
    {
        var variables = new ContainerVariables();

        variables.Add(["--enable-prefix-caching", "--max-model-len", "1", "--no-enable-prefix-caching", "--max-model-len", "2"]);

        Assert.Equal([("SM_VLLM_MAX_MODEL_LEN", "2"), ("SM_VLLM_NO_ENABLE_PREFIX_CACHING", "true")], variables.Values.Select(pair => (pair.Key, pair.Value)));
    }

    [Theory]
    [InlineData("-tp")]
    [InlineData("word")]
    [InlineData("--a.b=1")]
    [InlineData("--Ä")]
    [InlineData("--$(id)")]
    public void What_has_no_variable_is_refused_by_its_name(string word) =>
        Assert.Contains(word, new ContainerVariables().Add([word, "2"]), StringComparison.Ordinal);

    [Fact]
    public void More_than_SageMaker_takes_is_refused()
    {
        var many = new ContainerVariables();
        many.Add([.. Enumerable.Range(0, 101).Select(number => $"--flag-{number}")]);
        var longOne = new ContainerVariables();
        longOne.Add(["--template", new string('x', 1025)]);

        Assert.Contains("at most 100", many.Fault(), StringComparison.Ordinal);
        Assert.Contains("SM_VLLM_TEMPLATE", longOne.Fault(), StringComparison.Ordinal);
    }
}
