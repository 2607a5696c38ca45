using Slipway.Server.Features.Deployer.Catalog;

namespace Slipway.Server.Tests.Features.Deployer.Catalog;

public sealed class StartingCatalogTests
{
    private static readonly CatalogContent Content = ModelCatalog.AtStart;

    [Fact]
    public void It_knows_the_bundled_model_and_eighty_two_more()
    {
        var ids = Content.Models.Select(model => model.Id).ToList();

        Assert.Equal(83, ids.Count);
        Assert.Equal(CatalogModel.BundledId, ids[0]);
    }

    [Fact]
    public void The_bundled_model_is_run_here_by_our_own_engine()
    {
        var model = Content.Find(CatalogModel.BundledId)!;

        Assert.Equal(["slipway"], model.Engines.Select(engine => engine.Type));
        Assert.Equal(["local"], model.Services);
        Assert.Equal(["local"], model.InstanceTypes);
        Assert.True(model is { Path: null, HuggingFaceId: null, ModelScopeId: null });
    }

    [Fact]
    public void Every_instance_type_is_described()
    {
        var unknown = Content.Models.SelectMany(model => model.InstanceTypes).Where(instance => !Content.Instances.ContainsKey(instance));

        Assert.Empty(unknown);
        Assert.Equal("ml.g5.2xlarge", Content.Instances["g5.2xlarge"].SagemakerType);
        Assert.Null(Content.Instances["local"].SagemakerType);
    }

    [Theory]
    [InlineData("Qwen3-8B", true)]
    [InlineData("Qwen2.5-0.5B-Instruct", true)]
    [InlineData("Llama-3.1-8B", true)]
    [InlineData("DeepSeek-R1-Distill-Qwen-1.5B-GGUF", true)]
    [InlineData("Qwen3-30B-A3B", false)]
    [InlineData("Qwen3-14B-AWQ", false)]
    [InlineData("Qwen2.5-VL-7B-Instruct", false)]
    [InlineData("glm-4-9b-chat", false)]
    [InlineData("bge-m3", false)]
    public void Our_own_engine_is_offered_where_it_can_run_the_model(string id, bool isOffered)
    {
        var model = Content.Find(id)!;

        var offers = model.Engines.Any(engine => engine.Type == "slipway");

        Assert.Equal(isOffered, offers);
        Assert.True(!offers || model.Services.Contains("local"));
    }

    /// <summary>Templates lay in images of another project, and vLLM has dropped the switch.</summary>
    [Fact]
    public void No_argument_of_an_engine_needs_what_is_not_there()
    {
        var arguments = Content.Models.SelectMany(model => model.Engines).Select(engine => engine.EmdDefaultCliArgs ?? "").ToList();

        Assert.DoesNotContain(arguments, text => text.Contains("chat-template ", StringComparison.Ordinal) || text.Contains("chat-template-file", StringComparison.Ordinal));
        Assert.DoesNotContain(arguments, text => text.Contains("--enable-reasoning", StringComparison.Ordinal));
    }
}
