using Slipway.Client;
using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Commands;

namespace Slipway.Server.Tests.Client;

/// <summary>The real server in a process of its own, with a training directory whose trainer is a short script.</summary>
internal sealed class TrainingSite : IDisposable
{
    private const string Trainer = """
        echo "training with $*"
        case "$*" in *lines=*) i=0; while [ $i -lt 4000 ]; do i=$((i+1)); echo "line $i of the log"; done;; esac
        echo "WARNING: it is slow"
        mkdir -p "$SLIPWAY_OUTPUT_DIR/sub"
        head -c 3000000 /dev/urandom > "$SLIPWAY_OUTPUT_DIR/sub/weights.safetensors"
        echo '{"current_steps": 1, "total_steps": 2, "loss": 2.5, "epoch": 0.5}' > "$SLIPWAY_OUTPUT_DIR/trainer_log.jsonl"
        case "$*" in *wait=*) while [ ! -e "go-$SLIPWAY_RUN_ID" ]; do sleep 0.05; done;; esac
        case "$*" in *fail=*) echo "ValueError: it is broken" >&2; exit 3;; esac
        echo "done"
        """;

    private readonly ServingProgram _server;

    private TrainingSite(ServingProgram server, string folder)
    {
        (_server, Folder) = (server, folder);
        Client = new SlipwayClient(Url);
    }

    /// <summary>The training directory.</summary>
    public string Folder { get; }

    public string Url => _server.Http.BaseAddress!.ToString().TrimEnd('/');

    public SlipwayClient Client { get; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<TrainingSite> StartAsync()
    {
        Requirement.Check(!OperatingSystem.IsWindows(), "Runs need a Unix shell.");
        var folder = Directory.CreateTempSubdirectory("slipway-site-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "train.sh"), Trainer, Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "train.yaml"), "learning_rate: 1.0e-4\n", Token);
        await File.WriteAllTextAsync(Path.Combine(folder, "data.jsonl"), """{"instruction": "a", "output": "b"}""" + "\n", Token);
        var server = await ServingProgram.StartAsync(
            [("Training__Folder", folder), ("Training__Command__0", "sh"), ("Training__Command__1", "train.sh"), ("Training__Command__2", "{config}")],
            "--no-model");
        return new TrainingSite(server, folder);
    }

    public string In(string name) => Path.Combine(Folder, name);

    public async Task<RunDetail> RunToEndAsync(params (string Key, string Value)[] settings)
    {
        var run = await StartRunAsync(settings);
        await foreach (var occurrence in Client.FollowRunLogAsync(run.Id, cancellationToken: Token))
        {
            run = occurrence.Run ?? run;
        }
        return run;
    }

    public async Task<RunDetail> StartRunAsync(params (string Key, string Value)[] settings)
    {
        if ((await Client.ListProjectsAsync(cancellationToken: Token)).Total == 0)
        {
            await Client.CreateProjectAsync(
                new CreateProjectRequest { Name = "demo", DatasetName = "data.jsonl", TrainingYamlName = "train.yaml" }, Token);
        }
        return await Client.StartRunAsync(
            "demo", new StartRunRequest { Executor = "local", Gpus = 0, Parameters = settings.ToDictionary(pair => pair.Key, pair => pair.Value) }, Token);
    }

    /// <summary>Runs the program against this server, with a home of its own for what it remembers.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> SlipwayAsync(params string[] arguments)
    {
        using var process = Start(Url, arguments);
        var errors = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output, await errors);
    }

    public System.Diagnostics.Process Start(string url, params string[] arguments) =>
        SlipwayProgram.Start([("SLIPWAY_URL", url), ("XDG_STATE_HOME", In("state"))], arguments);

    public void Dispose()
    {
        Client.Dispose();
        _server.Dispose();
        TestData.Delete(Folder);
    }
}
