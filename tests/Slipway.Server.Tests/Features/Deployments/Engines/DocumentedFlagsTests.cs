using Slipway.Server.Features.Deployments.Engines;
using Slipway.Server.Tests.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Deployments.Engines;

/// <summary>
/// All that we say to an engine, and where we ask it, against the pages on which its makers tell of that, as they were in November
/// 2026. Where a page changes, its list here does, and the test says what no longer fits.
/// </summary>
public sealed class DocumentedFlagsTests
{
    /// <summary>An engine's documentation, as far as we rest on it.</summary>
    /// <param name="Pages">Where it says so: the command line, health and figures.</param>
    /// <param name="Head">What its command line begins with, behind the program.</param>
    /// <param name="Flags">With a value where it ends in <c>=</c>.</param>
    /// <param name="Health">The path that is well when it can serve.</param>
    /// <param name="Metrics">The path of its figures.</param>
    /// <param name="Figures">Their names.</param>
    internal sealed record Documented(string[] Pages, string[] Head, string[] Flags, string Health, string Metrics, string[] Figures);

    private static readonly Dictionary<string, Documented> Engines = new()
    {
        ["vllm"] = new(
            ["https://docs.vllm.ai/en/latest/cli/serve/", "https://docs.vllm.ai/en/latest/usage/metrics/"],
            ["serve", "MODEL"],
            ["--served-model-name=", "--host=", "--port=", "--tensor-parallel-size="],
            "/health",
            "/metrics",
            ["vllm:num_requests_running", "vllm:num_requests_waiting", "vllm:prompt_tokens_total", "vllm:generation_tokens_total"]),
        ["sglang"] = new(
            ["https://docs.sglang.io/advanced_features/server_arguments.html", "https://docs.sglang.io/references/production_metrics.html"],
            ["-m", "sglang.launch_server"],
            ["--model-path=", "--host=", "--port=", "--served-model-name=", "--enable-metrics", "--tensor-parallel-size="],
            "/health",
            "/metrics",
            ["sglang:num_running_reqs", "sglang:num_queue_reqs", "sglang:prompt_tokens_total", "sglang:generation_tokens_total"]),
        ["llama-server"] = new(
            ["https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md"],
            [],
            ["-m=", "--host=", "--port=", "--alias=", "--metrics", "--jinja", "-ngl="],
            "/health",
            "/metrics",
            ["llamacpp:requests_processing", "llamacpp:requests_deferred", "llamacpp:prompt_tokens_total", "llamacpp:tokens_predicted_total"]),
    };

    public static TheoryData<string> Names => [.. Engines.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Each_word_that_an_engine_is_started_with_is_on_its_page(string name)
    {
        var (engine, page) = (Engine(name), Engines[name]);

        // With more GPUs than anybody asked for: every flag that there can be.
        var words = engine.CommandFor(EngineBench.Order("MODEL", gpus: [0, 1])).Arguments.Skip(1).ToList();
        var said = FlagsIn(words.Skip(page.Head.Length));

        Assert.Equal(page.Head, words.Take(page.Head.Length));
        Assert.Equal(page.Flags.Order(StringComparer.Ordinal), said.Order(StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Names))]
    public void Health_and_figures_are_asked_where_the_page_says(string name)
    {
        var (engine, page) = (Engine(name), Engines[name]);

        var figures = engine.ReadFigures(string.Concat(page.Figures.Select(figure => $"{figure} 1\n")));

        Assert.Equal((page.Health, page.Metrics), (engine.HealthPath, engine.MetricsPath));
        Assert.Equal(new EngineFigures { Running = 1, Waiting = 1, Progress = 2 }, figures);
    }

    /// <summary>The class itself names its page, for whoever changes a flag there.</summary>
    [Theory, MemberData(nameof(Names))]
    public void The_engines_file_names_the_same_pages(string name)
    {
        var file = Path.Combine(
            House.Sources.Root, "src", "Slipway.Server", "Features", "Deployments", "Engines", $"{Engine(name).GetType().Name}.cs");

        var text = File.ReadAllText(file);

        Assert.All(Engines[name].Pages, page => Assert.Contains(page, text, StringComparison.Ordinal));
    }

    /// <summary>llama-server says of itself what it takes; the others need a GPU to be installed at all.</summary>
    [Fact]
    public async Task A_llama_server_of_this_machine_knows_each_flag()
    {
        Assert.SkipUnless(HostProgram.Find("llama-server") is not null, "llama-server is not on the PATH of this machine.");

        var help = await HostProgram.RunAsync(HostProgram.Find("llama-server")!, ["--help"]);

        Assert.All(Engines["llama-server"].Flags, flag => Assert.Contains(flag.TrimEnd('='), help, StringComparison.Ordinal));
    }

    private static IServingEngine Engine(string name) => EngineBench.Engine(
        name, new() { Vllm = "/opt/vllm", Sglang = ["/opt/python", "-m", "sglang.launch_server"], LlamaServer = "/opt/llama-server" });

    private static IEnumerable<string> FlagsIn(IEnumerable<string> words)
    {
        string? flag = null;
        foreach (var word in words)
        {
            if (!word.StartsWith('-'))
            {
                Assert.NotNull(flag);
                yield return flag + "=";
                flag = null;
                continue;
            }
            if (flag is not null)
            {
                yield return flag;
            }
            flag = word;
        }
        if (flag is not null)
        {
            yield return flag;
        }
    }
}
