using Slipway.Server.Features.Runs.Executors;

namespace Slipway.Server.Tests.Features.Runs.Executors.Kubernetes;

/// <summary>What only a cluster does.</summary>
public sealed class KubernetesExecutorTests : IAsyncLifetime
{
    private const string Endless = "echo ready; while :; do sleep 0.1; done";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("slipway-attempts-");
    private KubernetesSite _site = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private ClusterStandIn Cluster => _site.Cluster;

    public async ValueTask InitializeAsync() => _site = await KubernetesSite.StartAsync(hasVolume: false);

    public async ValueTask DisposeAsync()
    {
        await _site.DisposeAsync();
        _root.Delete(recursive: true);
    }

    [Fact]
    public async Task Without_a_volume_the_inputs_travel_byte_by_byte()
    {
        var launch = Prepare("""cat "$1/train.yaml" "$1/data/训练 1.jsonl" "$1/data/deep/er.json" """, Launch.FolderToken);
        Directory.CreateDirectory(Path.Combine(launch.Folder, "data", "deep"));
        await File.WriteAllTextAsync(Path.Combine(launch.Folder, "data", "训练 1.jsonl"), "{\"a\":\"é\"}\r\n", Token);
        await File.WriteAllTextAsync(Path.Combine(launch.Folder, "data", "deep", "er.json"), "[]", Token);

        var end = await RunAsync(launch);

        Assert.Equal(0, end.ExitCode);
        Assert.Equal("stage: sft\n{\"a\":\"é\"}\r\n[]", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task Inputs_that_no_ConfigMap_holds_are_refused_with_the_remedy()
    {
        var launch = Prepare("exit 0");
        await File.WriteAllBytesAsync(Path.Combine(launch.Folder, "data", "big.jsonl"), new byte[(1 << 20) + 1], Token);

        var started = await _site.NewExecutor().StartAsync(launch, Token);

        Assert.Contains("HostPath", started.Failure, StringComparison.Ordinal);
        Assert.Empty(Cluster.Store.List("jobs", ClusterStandIn.Namespace));
    }

    [Fact]
    public async Task The_runs_environment_is_in_no_pods_text()
    {
        var launch = Prepare(Endless);
        launch = launch with { Environment = new Dictionary<string, string> { ["HF_TOKEN"] = "hf_secret" } };

        await StartAsync(launch);

        await UntilAsync(launch, sighting => sighting.Kind == SightingKind.Running);
        Assert.DoesNotContain("hf_secret", Cluster.PodOf(launch.Name).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_cannot_be_pulled_is_waited_for_and_then_given_up()
    {
        _site.With("StuckLimit", "00:00:02").With("Image", "missing:1");
        var launch = Prepare("exit 0");

        await StartAsync(launch);
        var waiting = await UntilAsync(launch, sighting => sighting.Words?.Contains("ImagePullBackOff", StringComparison.Ordinal) == true);
        var end = await UntilAsync(launch, sighting => sighting.Kind == SightingKind.Ended);

        Assert.Equal(SightingKind.Waiting, waiting.Kind);
        Assert.Contains("missing:1", end.Words, StringComparison.Ordinal);
        Assert.Null(end.ExitCode);
        Assert.Null(Cluster.Store.Find("jobs", ClusterStandIn.Namespace, launch.Name));
    }

    [Fact]
    public async Task A_pod_without_a_place_says_what_it_waits_for()
    {
        var launch = Prepare("exit 0") with { Gpus = 3 };

        await StartAsync(launch);

        var waiting = await UntilAsync(launch, sighting => sighting.Words?.Contains("nvidia.com/gpu", StringComparison.Ordinal) == true);
        Assert.Equal(SightingKind.Waiting, waiting.Kind);
    }

    [Theory]
    [InlineData("OOMKilled", null, null, "OOMKilled")]
    [InlineData("Error", "Evicted", "The node was low on resource: memory.", "low on resource")]
    public async Task How_the_cluster_ended_it_is_told_beside_the_code(string container, string? pod, string? message, string expected)
    {
        var launch = Prepare(Endless);
        await StartAsync(launch);
        await UntilAsync(launch, sighting => sighting.Kind == SightingKind.Running);

        Cluster.Node.KillFor(Cluster.PodOf(launch.Name), container, pod, message);
        var end = await UntilAsync(launch, sighting => sighting.Kind == SightingKind.Ended);

        Assert.Equal(137, end.ExitCode);
        Assert.Contains(expected, end.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deadline_ends_it_with_words()
    {
        _site.With("ActiveDeadline", "00:00:01");
        var launch = Prepare(Endless);

        await StartAsync(launch);
        var end = await UntilAsync(launch, sighting => sighting.Kind == SightingKind.Ended);

        Assert.Contains("DeadlineExceeded", end.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_exit_code_outlives_the_pod()
    {
        var launch = Prepare("exit 7");
        var handle = await StartAsync(launch);
        await UntilAsync(launch, sighting => sighting.Kind == SightingKind.Ended);

        await _site.NewExecutor().ForgetAsync(launch, handle, Token);
        var after = await _site.NewExecutor().LookAsync(launch, handle, Token);

        Assert.Equal((SightingKind.Ended, 7), (after.Kind, after.ExitCode));
        Assert.Empty(Cluster.Store.List("secrets", ClusterStandIn.Namespace));
    }

    [Fact]
    public async Task A_token_that_was_renewed_is_read_anew()
    {
        var tokenFile = Path.Combine(_root.FullName, "token");
        await File.WriteAllTextAsync(tokenFile, "first-token", Token);
        _site.With("Kubeconfig", Cluster.WriteKubeconfig($"tokenFile: {tokenFile}"));
        var executor = _site.NewExecutor();
        var before = await executor.CheckAsync(Token);

        Cluster.Tokens.Clear();
        Cluster.Tokens["second-token"] = true;
        await File.WriteAllTextAsync(tokenFile, "second-token", Token);
        var after = await executor.CheckAsync(Token);

        Assert.Equal((null, null), (before, after));
    }

    [Fact]
    public async Task A_client_certificate_is_as_good_as_a_token()
    {
        var (certificate, key) = Cluster.IssueClient();
        await File.WriteAllTextAsync(Path.Combine(Cluster.Folder, "client.crt"), certificate, Token);
        await File.WriteAllTextAsync(Path.Combine(Cluster.Folder, "client.key"), key, Token);
        _site.With("Kubeconfig", Cluster.WriteKubeconfig("client-certificate: client.crt\n    client-key: client.key"));

        var complaint = await _site.NewExecutor().CheckAsync(Token);

        Assert.Null(complaint);
    }

    [Theory]
    [InlineData("server: {0}", "does not answer")]
    [InlineData("server: https://127.0.0.1:1", "does not answer")]
    public async Task A_server_that_nobody_vouches_for_gets_no_token(string cluster, string expected)
    {
        var url = Cluster.Url.ToString().TrimEnd('/');
        _site.With("Kubeconfig", Cluster.WriteKubeconfig(cluster: cluster.Replace("{0}", url, StringComparison.Ordinal)));

        var complaint = await _site.NewExecutor().CheckAsync(Token);

        Assert.Contains(expected, complaint, StringComparison.Ordinal);
        Assert.Empty(Cluster.Calls);
    }

    [Fact]
    public async Task What_is_not_allowed_is_named_before_a_run_is_lost_to_it()
    {
        Cluster.Forbidden["create secrets"] = true;
        Cluster.Forbidden["get pods/log"] = true;

        var complaint = await _site.NewExecutor().CheckAsync(Token);

        Assert.Contains("create secrets, get pods/log", complaint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_is_refused_half_way_leaves_nothing()
    {
        Cluster.Forbidden["create secrets"] = true;

        var started = await _site.NewExecutor().StartAsync(Prepare("exit 0"), Token);

        Assert.Contains("secrets is forbidden", started.Failure, StringComparison.Ordinal);
        Assert.Empty(Cluster.Store.List("jobs", ClusterStandIn.Namespace));
    }

    [Fact]
    public async Task A_start_whose_answer_was_lost_is_still_one_start()
    {
        var launch = Prepare("echo once");
        var isCut = false;
        Cluster.Fault = http =>
        {
            if (isCut || http.Request.Method != "POST")
            {
                return Task.FromResult(false);
            }
            isCut = true;
            http.Response.OnStarting(() =>
            {
                http.Abort();
                return Task.CompletedTask;
            });
            return Task.FromResult(false);
        };

        var end = await RunAsync(launch);

        Assert.True(isCut);
        Assert.Equal((0, 1), (end.ExitCode, Cluster.Node.Starts));
    }

    [Theory]
    [InlineData("image", "UPPER case", "no image's name")]
    [InlineData("namespace", "kube-system", "kube-system")]
    [InlineData("partition", "gpu", "partition")]
    public async Task Parameters_are_checked(string name, string value, string expected)
    {
        var launch = Prepare("exit 0") with { Parameters = new Dictionary<string, string> { [name] = value } };

        var started = await _site.NewExecutor().StartAsync(launch, Token);

        Assert.Contains(expected, started.Failure, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(403)]
    public async Task While_the_cluster_does_not_answer_nothing_is_known(int status)
    {
        var launch = Prepare(Endless);
        var handle = await StartAsync(launch);

        Cluster.Fault = async http =>
        {
            await ClusterStandIn.RefuseAsync(http, status, "Trouble", "etcd is on fire");
            return true;
        };
        var during = await _site.NewExecutor().LookAsync(launch, handle, Token);
        Cluster.Fault = null;
        var after = await UntilAsync(launch, sighting => sighting.Kind != SightingKind.Waiting);

        Assert.Equal(SightingKind.Unknown, during.Kind);
        Assert.Contains("etcd is on fire", during.Words, StringComparison.Ordinal);
        Assert.Equal(SightingKind.Running, after.Kind);
    }

    [Fact]
    public async Task A_cluster_that_asks_for_quiet_gets_it()
    {
        var launch = Prepare(Endless);
        var handle = await StartAsync(launch);
        var executor = _site.NewExecutor();
        Cluster.Fault = async http =>
        {
            http.Response.Headers.RetryAfter = "60";
            await ClusterStandIn.RefuseAsync(http, 429, "TooManyRequests", "slow down");
            return true;
        };

        await executor.LookAsync(launch, handle, Token);
        var calls = Cluster.Calls.Count;
        var again = await executor.LookAsync(launch, handle, Token);

        Assert.Equal(SightingKind.Unknown, again.Kind);
        Assert.Equal(calls, Cluster.Calls.Count);
    }

    [Fact]
    public async Task A_stream_that_is_cut_and_a_log_that_is_rotated_lose_and_repeat_nothing()
    {
        const int Lines = 4000;
        var launch = Prepare(
            $$"""echo ready; sleep 1; i=0; while [ $i -lt {{Lines}} ]; do echo "$i ........................................"; i=$((i+1)); done; sleep 1""");
        var handle = await StartAsync(launch);
        var executor = _site.NewExecutor();
        await UntilAsync(launch, sighting => sighting.Kind == SightingKind.Running);
        var log = Cluster.Node.LogOf(Cluster.PodOf(launch.Name)["metadata"]!["uid"]!.GetValue<string>())!;
        log.CutFollowAfter = 70_001;
        var isRotated = false; // Twice before a slow reader comes by, and a node has lost lines, too.

        await Patience.UntilAsync(async () =>
        {
            var sighting = await executor.LookAsync(launch, handle, Token);
            await executor.CollectAsync(launch, handle, Token);
            if (!isRotated && new FileInfo(launch.OutputFile).Length > 120_000)
            {
                isRotated = true;
                log.Rotate();
            }
            return sighting.Kind == SightingKind.Ended;
        }, () => "It did not end.");
        await executor.CollectAsync(launch, handle, Token);

        var lines = await File.ReadAllLinesAsync(launch.OutputFile, Token);
        Assert.Equal(
            ["ready", .. Enumerable.Range(0, Lines).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))],
            lines.Select(line => line.Split(' ')[0]));
        Assert.Null(log.CutFollowAfter);
    }

    [Fact]
    public async Task What_was_written_but_not_noted_is_written_over_itself()
    {
        var launch = Prepare("echo one; echo two; echo three");
        await RunAsync(launch);

        File.Delete(Path.Combine(launch.Folder, "kubernetes.log.json"));
        await _site.NewExecutor().CollectAsync(launch, _handles[launch.Name], Token);

        Assert.Equal("one\ntwo\nthree\n", await File.ReadAllTextAsync(launch.OutputFile, Token));
    }

    [Fact]
    public async Task Another_Job_of_the_same_name_is_left_alone()
    {
        var launch = Prepare(Endless);
        await StartAsync(launch);
        var other = Prepare("exit 0") with { Name = launch.Name, RunId = "other" };

        var started = await _site.NewExecutor().StartAsync(other, Token);

        Assert.Contains("not ours", started.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Links_and_pipes_in_the_output_are_not_followed()
    {
        await using var site = await KubernetesSite.StartAsync();
        var launch = Prepare("""cd "$1/output" && ln -s /etc/passwd stolen && ln -s / all && mkfifo pipe && echo x >good""", Launch.FolderToken);
        var executor = site.NewExecutor();
        var handle = (await executor.StartAsync(launch, Token)).Handle!;
        await Patience.UntilAsync(
            async () => (await executor.LookAsync(launch, handle, Token)).Kind == SightingKind.Ended, () => "It did not end.");

        await executor.FetchOutputAsync(launch, handle, Token);
        await executor.ForgetAsync(launch, handle, Token);

        Assert.Equal(["good"], Directory.EnumerateFileSystemEntries(launch.OutputFolder).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateFileSystemEntries(site.HostPath));
    }

    private Launch Prepare(string script, params string[] arguments)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root.FullName, Guid.NewGuid().ToString("N"))).FullName;
        Directory.CreateDirectory(Path.Combine(folder, Launch.DataName));
        File.WriteAllText(Path.Combine(folder, Launch.ConfigName), "stage: sft\n");
        var run = Guid.NewGuid().ToString("N");
        return new Launch
        {
            RunId = run,
            Attempt = 1,
            Name = $"run-{run}-1",
            Folder = folder,
            Command = ["sh", "-c", script, "sh", .. arguments],
            WorkingDirectory = folder,
            Environment = new Dictionary<string, string>(),
        };
    }

    private readonly Dictionary<string, string> _handles = [];

    private async Task<string> StartAsync(Launch launch)
    {
        var started = await _site.NewExecutor().StartAsync(launch, Token);
        Assert.Null(started.Failure);
        return _handles[launch.Name] = started.Handle!;
    }

    private async Task<Sighting> UntilAsync(Launch launch, Func<Sighting, bool> isSo)
    {
        var (executor, last) = (_site.NewExecutor(), new Sighting(SightingKind.Unknown));
        await Patience.UntilAsync(
            async () => isSo(last = await executor.LookAsync(launch, _handles[launch.Name], Token)), () => $"Not so: {last}");
        return last;
    }

    private async Task<Sighting> RunAsync(Launch launch)
    {
        var handle = await StartAsync(launch);
        var end = await UntilAsync(launch, sighting => sighting.Kind is SightingKind.Ended or SightingKind.Gone);
        await _site.NewExecutor().CollectAsync(launch, handle, Token);
        return end;
    }
}
