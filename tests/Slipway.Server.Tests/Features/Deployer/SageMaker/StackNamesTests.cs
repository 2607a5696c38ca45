using System.Text.RegularExpressions;
using Slipway.Server.Features.Deployer.SageMaker;

namespace Slipway.Server.Tests.Features.Deployer.SageMaker;

public sealed class StackNamesTests
{
    [Theory]
    [InlineData("Qwen3-8B", "dev", "EMD-Model-qwen3-8b")]
    [InlineData("Qwen3-8B", "prod", "EMD-Model-qwen3-8b-prod")]
    [InlineData("Qwen2.5-VL-72B-Instruct-AWQ", "my_tag.1", "EMD-Model-qwen2-5-vl-72b-instruct-awq-my-tag-1")]
    [InlineData("7B-chat", "dev", "EMD-Model-b-chat")]
    public void A_stack_is_named_as_EMD_names_it(string id, string tag, string name) => Assert.Equal(name, StackNames.Of(id, tag, isHashed: false));

    [Theory]
    [InlineData("DeepSeek-R1-Distill-Qwen-32B-Instruct-GPTQ-Int4", "production")]
    [InlineData("Qwen3-8B-", "dev")]
    [InlineData("123", "dev")]
    [InlineData("a", "0_")]
    public void What_SageMaker_would_refuse_is_cut_and_made_one_of_its_kind(string id, string tag)
    {
        var stack = StackNames.Of(id, tag, isHashed: false);

        Assert.Matches(@"\AEMD-Model-[a-z0-9-]+\z", stack);
        foreach (var name in new[] { StackNames.EndpointOf(stack), StackNames.ConfigOf(stack), StackNames.ModelOf(stack) })
        {
            Assert.InRange(name.Length, 1, 63);
            Assert.Matches(@"\A[a-zA-Z0-9](-*[a-zA-Z0-9])*\z", name);
        }
    }

    [Fact]
    public void A_name_that_was_given_may_be_longer_than_an_endpoints()
    {
        var stack = "a" + new string('-', 126) + "b";

        var endpoint = StackNames.EndpointOf(stack);

        Assert.InRange(endpoint.Length, 1, 63);
        Assert.True(Regex.IsMatch(endpoint, @"\A[a-zA-Z0-9](-*[a-zA-Z0-9])*\z"), endpoint);
    }

    [Fact]
    public void Two_models_that_come_to_one_name_are_told_apart_by_a_hash()
    {
        Assert.Equal(StackNames.Of("a-b", "c", isHashed: false), StackNames.Of("a", "b-c", isHashed: false));
        Assert.NotEqual(StackNames.Of("a-b", "c", isHashed: true), StackNames.Of("a", "b-c", isHashed: true));
    }
}
