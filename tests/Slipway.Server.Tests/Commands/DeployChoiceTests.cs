using Slipway.Client.Deployer;
using Slipway.Commands;
using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Features.Deployer.Surface;

namespace Slipway.Server.Tests.Commands;

public sealed class DeployChoiceTests
{
    [Theory]
    [InlineData("slipway-tiny", null, null, null, "service local, instance local, engine slipway")]
    [InlineData("Qwen3-8B", null, null, null, "service local, instance local, engine vllm (or slipway)")]
    [InlineData("Qwen3-8B", null, null, "slipway", "service local, instance local, engine slipway (or vllm)")]
    [InlineData("Qwen3-8B", "sagemaker", null, null, "service sagemaker, instance g5.2xlarge, engine vllm")]
    [InlineData("Qwen3-8B", "sagemaker_async", "ml.g5.4xlarge", null, "service sagemaker_async, instance ml.g5.4xlarge, engine vllm")]
    [InlineData("DeepSeek-R1-Distill-Qwen-32B-GGUF", null, null, null, "service local, instance local, engine llama.cpp (or slipway)")]
    [InlineData("llama-3.3-70b-instruct-awq", "sagemaker", null, null, "service sagemaker, instance g5.12xlarge, engine tgi")]
    public void What_is_not_given_is_what_the_catalog_has_first(string id, string? service, string? instance, string? engine, string chosen)
    {
        var model = ModelViews.InFull(ModelCatalog.AtStart.Find(id)!);

        var choice = DeployChoice.Of(model, service, instance, engine);

        Assert.Equal(chosen, choice.ToString());
    }

    /// <summary>What is chosen without being asked for is never refused for its own sake.</summary>
    [Fact]
    public void For_every_model_and_service_the_server_would_take_what_is_chosen()
    {
        var catalog = new ModelCatalog();
        foreach (var known in catalog.All)
        {
            foreach (var service in CatalogWords.ReadyServices.Where(known.Services.Contains))
            {
                var choice = DeployChoice.Of(ModelViews.InFull(known), service, null, null);
                var request = new DeployRequest { ModelId = known.Id, InstanceType = choice.Instance, EngineType = choice.Engine, ServiceType = service };

                var (order, _, refusal) = DeployCheck.Of(request, catalog);

                Assert.True(order is not null || refusal.EndsWith(": none.", StringComparison.Ordinal), refusal);
            }
        }
    }

    [Fact]
    public void Both_sides_know_the_same_engines_to_be_ready() => Assert.All(
        CatalogWords.ReadyServices, service => Assert.Equal(CatalogWords.EnginesReadyFor(service), DeployChoice.EnginesReadyFor(service)));

    [Theory]
    [InlineData("g5.2xlarge", "g5.12xlarge", "g5.2xlarge", "local")]
    [InlineData("g5.xlarge", "inf2.24xlarge", "g5.xlarge")]
    [InlineData("g6.8xlarge", "p5.metal", "g6.8xlarge", "g6e.16xlarge")]
    [InlineData("local", "local")]
    public void The_smallest_instance_is_found_by_its_name(string smallest, params string[] instances) =>
        Assert.Equal(smallest, DeployChoice.Smallest(instances));
}
