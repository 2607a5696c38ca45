using Slipway.Server.Features.Deployer.Catalog;
using Slipway.Server.Tests.House;
using static Slipway.Server.Tests.Features.Deployer.Catalog.CatalogTexts;

namespace Slipway.Server.Tests.Features.Deployer.Catalog;

public sealed class CatalogFileTests
{
    [Fact]
    public void A_model_of_the_users_own_stands_behind_those_that_are_known()
    {
        var content = Read(Bot);

        var model = content.Models[^1];
        Assert.Equal(84, content.Models.Count);
        Assert.Equal(("support-bot", "bot.gguf", "llm"), (model.Id, model.Path, model.Task));
        Assert.True(model.ChinaRegion);
        Assert.Equal(["fastapi"], model.Frameworks);
    }

    [Fact]
    public void A_known_model_is_changed_by_the_fields_that_are_written()
    {
        var content = Read("models:\n  - id: Qwen3-8B\n    path: /srv/models/qwen3-8b-q8_0.gguf\n    contextLength: 16384\n");

        var (before, after) = (ModelCatalog.AtStart.Find("Qwen3-8B")!, content.Find("Qwen3-8B")!);
        Assert.Equal(before with { Path = "/srv/models/qwen3-8b-q8_0.gguf", ContextLength = 16384 }, after);
        Assert.Equal(83, content.Models.Count);
    }

    [Fact]
    public void Json_says_the_same_as_yaml()
    {
        const string Json = """
            {
            	"models": [ // Tabs, comments and a comma too many are let pass.
            		{"id": "support-bot", "name": "\ud83d\ude80 \u5ba2\u670d", "engines": [{"type": "slipway"}], "services": ["local"],
            		 "instanceTypes": ["local"], "path": "bot.gguf", "sizeBillions": 0.6, "chinaRegion": false,},
            	],
            }
            """;

        var model = Read(Json, isJson: true).Find("support-bot")!;

        Assert.Equal(("🚀 客服", 0.6, false, "bot.gguf"), (model.Name, model.SizeBillions, model.ChinaRegion, model.Path));
    }

    [Fact]
    public void Names_are_understood_as_in_requests()
    {
        const string Text = """
            instances:
              ml.g7.2xlarge: {accelerator: NVIDIA X, acceleratorCount: 1, acceleratorMemoryGiB: 96}
            models:
              - id: my-model
                huggingFaceId: owner/name
                engines: [transformers, {type: vllm, emdDefaultCliArgs: --max-model-len 4096, vllmContainerEnv: {SM_VLLM_MAX_MODEL_LEN: 4096}}]
                services: [sagemaker]
                instanceTypes: [ml.g7.2xlarge]
                recommendedInstanceType: ml.g7.2xlarge
            """;

        var content = Read(Text);

        var model = content.Find("my-model")!;
        Assert.Equal(["huggingface", "vllm"], model.Engines.Select(engine => engine.Type));
        Assert.Equal("4096", model.Engines[1].VllmContainerEnv!["SM_VLLM_MAX_MODEL_LEN"]);
        Assert.Equal(["sagemaker_realtime"], model.Services);
        Assert.Equal("g7.2xlarge", model.RecommendedInstanceType);
        Assert.Equal(("ml.g7.2xlarge", 96), (content.Instances["g7.2xlarge"].SagemakerType, content.Instances["g7.2xlarge"].AcceleratorMemoryGiB));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# later\n")]
    [InlineData("models:\ninstances:\n")]
    [InlineData("models: []\n")]
    public void An_empty_file_changes_nothing(string text)
    {
        var content = Read(text);

        Assert.Equal(ModelCatalog.AtStart.Models, content.Models);
    }

    [Theory]
    [InlineData("docs/deployer.md")]
    [InlineData("docs/deployer.zh-CN.md")]
    public void The_documents_example_loads(string document)
    {
        var text = Sources.Read(document);
        var start = text.IndexOf("```yaml\n", StringComparison.Ordinal) + 8;

        var content = Read(text[start..text.IndexOf("```", start, StringComparison.Ordinal)]);

        Assert.Equal("models/bookshop-q8_0.gguf", content.Find("bookshop")!.Path);
        Assert.Equal("/srv/models/qwen3-8b-q8_0.gguf", content.Find("Qwen3-8B")!.Path);
    }

    [Theory]
    [InlineData("id: a", "line 2, column 5: 'id' of a model is missing", "name: x")]
    [InlineData("engines: local", "'engines' of the model 'a' is 'local'; accepted is a list")]
    [InlineData("engines: []", "accepted is one of 1 to 64 items, here are 0")]
    [InlineData("engines: [vlm]", "'engines' of the model 'a' is 'vlm'; accepted is one of vllm, slipway, ")]
    [InlineData("engines: [vllm, vllm]", "the engine 'vllm' stands here for the second time")]
    [InlineData("engines: [{emdDefaultCliArgs: x}]", "'type' of an engine is missing")]
    [InlineData("engines: [{type: vllm, image: x}]", "'image' is no field of an engine; accepted are type, ")]
    [InlineData("engines: [{type: vllm, vllmContainerEnv: {LD_PRELOAD: x}}]", "has 'LD_PRELOAD'; accepted are names such as SM_VLLM_")]
    [InlineData("services: [lambda]", "'services' of the model 'a' is 'lambda'; accepted is a list of sagemaker_realtime, ")]
    [InlineData("services: [sagemaker, sagemaker_realtime, local]", "'services' of the model 'a' has 'sagemaker_realtime' twice")]
    [InlineData("services: [sagemaker]", "then the other of 'services' and 'instanceTypes' needs it")]
    [InlineData("instanceTypes: [local, g9.xlarge]", "has 'g9.xlarge', which is not known; describe it under 'instances'")]
    [InlineData("instanceTypes: [local, ../../etc]", "'instanceTypes' of the model 'a' is '../../etc'")]
    [InlineData("recommendedInstanceType: g5.xlarge", "'recommendedInstanceType' of the model 'a' is 'g5.xlarge', which is not among its instanceTypes: local")]
    [InlineData("contextLength: many", "'contextLength' of the model 'a' is 'many'; accepted is a whole number from 1 to ")]
    [InlineData("contextLength: '4096'", "'contextLength' of the model 'a' is '4096'")]
    [InlineData("contextLength: 99999999999999", "accepted is a whole number")]
    [InlineData("sizeBillions: -1", "accepted is a number above 0")]
    [InlineData("sizeBillions: .inf", "accepted is a number above 0")]
    [InlineData("sizeBillions: NaN", "accepted is a number above 0")]
    [InlineData("chinaRegion: perhaps", "accepted is true or false")]
    [InlineData("task: chat", "accepted is one of llm, vlm, embedding, rerank")]
    [InlineData("name: [a, b]", "'name' of the model 'a' is a list; accepted is a text")]
    [InlineData("name: {a: b}", "'name' of the model 'a' is a map; accepted is a text")]
    [InlineData("name: \"a\\nb\"", "'name' of the model 'a' is 'a?b'")]
    [InlineData("huggingFaceId: ../../x", "'huggingFaceId' of the model 'a' is '../../x'; accepted is a name such as Qwen/Qwen3-8B")]
    [InlineData("contxtLength: 1", "'contxtLength' is no field of the model 'a'; accepted are ")]
    public void A_wrong_field_is_named_with_its_place(string line, string fault, string? instead = null)
    {
        var field = line[..line.IndexOf(':', StringComparison.Ordinal)];
        List<string> lines = ["id: a", "engines: [slipway]", "services: [local]", "instanceTypes: [local]", "path: a.gguf"];
        lines = [.. lines.Where(other => !other.StartsWith(field + ":", StringComparison.Ordinal)), instead ?? line];

        var faults = Faults("models:\n  - " + string.Join("\n    ", lines) + "\n");

        Assert.Contains(faults, told => told.Contains(fault, StringComparison.Ordinal));
        Assert.All(faults, told => Assert.Matches(@"^line [2-7], column \d+: ", told));
    }

    [Fact]
    public void A_model_that_lies_nowhere_is_refused()
    {
        var faults = Faults(Bot.Replace(", path: bot.gguf", "", StringComparison.Ordinal));

        Assert.Contains("'path' of the model 'support-bot' is missing", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void A_files_faults_are_told_together_in_its_order()
    {
        var faults = Faults("extra: 1\nmodels:\n  - {id: a}\n  - 7\n  - {id: b, engines: [slipway], services: [local], instanceTypes: [local]}\n");

        Assert.Equal([1, 3, 3, 4, 5], faults.Select(fault => int.Parse(fault.Split(' ', ',')[1], null)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("../a")]
    [InlineData("a\\\\b")]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("a ")]
    [InlineData("a\\0")]
    [InlineData("a\\nb")]
    [InlineData("模型")]
    [InlineData("a%2fb")]
    public void An_id_that_could_be_a_path_is_refused(string id)
    {
        var faults = Faults($"models:\n  - {{id: \"{id}\", engines: [slipway], services: [local], instanceTypes: [local], path: x}}\n");

        Assert.Contains("accepted is 1 to 128 letters, digits", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_stands_twice_is_refused()
    {
        var faults = Faults(Bot + Bot.Split('\n')[1]);

        Assert.Equal("line 3, column 5: the model 'support-bot' stands here for the second time; the first is in line 2", Assert.Single(faults));
    }

    [Fact]
    public void Faults_of_json_have_their_places_too()
    {
        var faults = Faults("{\n  \"models\": [\n    {\"id\": \"模型\"}\n  ],\n  \"more\": 1\n}", isJson: true);

        Assert.Equal(2, faults.Count);
        Assert.StartsWith("line 3, column 12: 'id' of a model is '模型'", faults[0], StringComparison.Ordinal);
        Assert.StartsWith("line 5, column 11: 'more' is no field of the catalog; accepted are instances, models", faults[1], StringComparison.Ordinal);
    }
}
