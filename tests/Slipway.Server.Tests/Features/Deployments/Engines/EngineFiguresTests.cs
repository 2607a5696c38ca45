using Slipway.Server.Features.Deployments.Engines;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

public sealed class EngineFiguresTests
{
    // As https://docs.vllm.ai/en/latest/usage/metrics/ shows them, of two engines.
    private const string Vllm = """
        # HELP vllm:num_requests_running Number of requests in model execution batches.
        # TYPE vllm:num_requests_running gauge
        vllm:num_requests_running{engine="0",model_name="a } \" {b"} 8.0
        vllm:num_requests_running{engine="1",model_name="a"} 2.0
        vllm:num_requests_waiting{engine="0",model_name="a"} 3.0 1395066363000
        vllm:prompt_tokens_total{engine="0",model_name="a"} 27453.0
        vllm:prompt_tokens_created{engine="0",model_name="a"} 1.7e+09
        vllm:generation_tokens_total{engine="0",model_name="a"} 1e3
        """;

    private const string Sglang = """
        sglang:num_running_reqs{model_name="a"} 161.0
        sglang:num_queue_reqs{model_name="a"} 2826.0
        sglang:prompt_tokens_total{model_name="a"} 8.128902e+06
        sglang:generation_tokens_total{model_name="a"} 7.557572e+06
        """;

    private const string Llama = "llamacpp:prompt_tokens_total 5\nllamacpp:tokens_predicted_total 7\nllamacpp:n_decode_total 8\n"
        + "llamacpp:requests_processing 1\r\nllamacpp:requests_deferred 0\n";

    [Theory]
    [InlineData("vllm", Vllm, 10, 3, 28453)]
    [InlineData("slipway", Vllm, 10, 3, 28453)]
    [InlineData("sglang", Sglang, 161, 2826, 15686474)]
    [InlineData("llama-server", Llama, 1, 0, 20)]
    public void An_engines_figures_are_added_up(string engine, string text, double running, double waiting, double progress)
    {
        var figures = EngineBench.Engine(engine).ReadFigures(text);

        Assert.Equal(new EngineFigures { Running = running, Waiting = waiting, Progress = progress }, figures);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\nvllm:other 1\nvllm:num_requests_running_more 1")]
    [InlineData("vllm:num_requests_running NaN\nvllm:num_requests_waiting +Inf\nvllm:prompt_tokens_total 1e999")]
    [InlineData("vllm:num_requests_running -1\nvllm:num_requests_waiting x\nvllm:prompt_tokens_total")]
    [InlineData("vllm:num_requests_running{model_name=\"a\nvllm:num_requests_waiting{\n{} 1\n \n=")]
    [InlineData("<html>vllm:num_requests_running 1</html>")]
    public void What_is_not_told_is_not_there(string text)
    {
        var figures = EngineBench.Engine("vllm").ReadFigures(text);

        Assert.Null(figures);
    }

    [Fact]
    public void One_figure_alone_leaves_the_others_unknown()
    {
        var figures = EngineBench.Engine("vllm").ReadFigures("vllm:num_requests_running 0");

        Assert.Equal(new EngineFigures { Running = 0 }, figures);
    }

    [Fact]
    public void Sums_beyond_all_numbers_are_none()
    {
        var figures = EngineBench.Engine("vllm").ReadFigures("vllm:prompt_tokens_total 1.7e308\nvllm:generation_tokens_total 1.7e308");

        Assert.Null(figures?.Progress);
    }

    [Fact]
    public void A_line_without_end_is_passed_over()
    {
        var text = "vllm:num_requests_running{a=\"" + new string('x', 10 << 20) + "\"} 5\nvllm:num_requests_waiting 1";

        var figures = EngineBench.Engine("vllm").ReadFigures(text);

        Assert.Equal(new EngineFigures { Waiting = 1 }, figures);
    }
}
