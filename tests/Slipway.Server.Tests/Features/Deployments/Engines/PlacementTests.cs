namespace Slipway.Server.Tests.Features.Deployments.Engines;

public sealed class PlacementTests : IDisposable
{
    private const long Gpu = 80L << 30;

    private readonly string _folder = Directory.CreateTempSubdirectory("slipway-weights-").FullName;

    [Theory]
    [InlineData("vllm", "", 1)]
    [InlineData("vllm", "--tensor-parallel-size 2", 2)]
    [InlineData("vllm", "-tp=2 --pipeline_parallel_size 3", 6)]
    [InlineData("vllm", "--tensor-par 4", 4)]
    [InlineData("vllm", "-tp 2 -tp 4", 4)]
    [InlineData("vllm", "-dp 2 -tp 2", 4)]
    [InlineData("vllm", "-tp 1024 -pp 1024 -dp 1024", 1024)]
    [InlineData("sglang", "--tp 2", 2)]
    [InlineData("sglang", "--tp-size 2 --pp-size 2", 4)]
    [InlineData("sglang", "--tp 4 --dp 2", 8)]
    [InlineData("sglang", "--tp 4 --dp 4 --enable-dp-attention", 4)]
    [InlineData("llama-server", "", 1)]
    [InlineData("llama-server", "-ts 3,1", 2)]
    [InlineData("llama-server", "-sm none -ts 3,1", 1)]
    [InlineData("llama-server", "-sm row --device CUDA0,CUDA1", 2)]
    [InlineData("slipway", "", 0)]
    public void The_arguments_say_over_how_many_gpus_a_server_is_spread(string engine, string line, int gpus)
    {
        var counted = EngineBench.Engine(engine).GpusOf(EngineBench.Words(line));

        Assert.Equal(gpus, counted);
    }

    [Theory]
    [InlineData("vllm", "", 0.9)]
    [InlineData("vllm", "--gpu-memory-utilization 0.45", 0.45)]
    [InlineData("vllm", "--gpu_memory_utilization=0.25", 0.25)]
    [InlineData("sglang", "", 0.88)]
    [InlineData("sglang", "--mem-fraction-static 0.5", 0.5)]
    public void Engines_of_a_share_claim_that_share_of_the_whole_gpu(string engine, string line, double share)
    {
        var claim = EngineBench.Engine(engine).ClaimOf(EngineBench.Order(extra: line, gpus: 0), Gpu);

        Assert.Equal(share * Gpu, claim, tolerance: 1.0);
    }

    [Fact]
    public void Llama_server_claims_its_weights_and_some_room()
    {
        var model = Write("m-00001-of-00002.gguf", 1000);
        Write("m-00002-of-00002.gguf", 2000);
        Write("other.gguf", 5000);

        var claim = EngineBench.Engine("llama-server").ClaimOf(EngineBench.Order(model, gpus: 0), Gpu);

        Assert.Equal((1L << 30) + 3300, claim);
    }

    [Fact]
    public void A_folder_weighs_what_its_weight_files_do_over_all_gpus_that_are_asked_for()
    {
        Write("model.safetensors", 1000);
        Write("tokenizer.json", 7000);

        var claim = EngineBench.Engine("llama-server").ClaimOf(EngineBench.Order(_folder, "-ts 1,1"), Gpu);

        Assert.Equal(((1L << 30) + 1100) / 2, claim);
    }

    [Theory]
    [InlineData("slipway", "")]
    [InlineData("llama-server", "-ngl 0")]
    [InlineData("llama-server", "--device none")]
    public void What_computes_on_the_processor_claims_nothing(string engine, string line)
    {
        var claim = EngineBench.Engine(engine).ClaimOf(EngineBench.Order(extra: line), Gpu);

        Assert.Equal(0, claim);
    }

    public void Dispose() => TestData.Delete(_folder);

    private string Write(string name, int length)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, new byte[length]);
        return path;
    }
}
