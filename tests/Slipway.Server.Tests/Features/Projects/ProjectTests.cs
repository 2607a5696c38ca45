using System.Net;
using System.Net.Http.Json;
using System.Text;
using Slipway.Client.Projects;
using Slipway.Client.Runs;
using Slipway.Server.Tests.Features.Runs;
using Slipway.Server.Tests.Platform.Database;

namespace Slipway.Server.Tests.Features.Projects;

public sealed class ProjectTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Wrong => new()
    {
        { "name", "{}" },
        { "dataset_name", """{"name":"a"}""" },
        { "name", """{"name":null,"dataset_name":"d","training_yaml_name":"c"}""" },
        { "name", """{"name":"","dataset_name":"d","training_yaml_name":"c"}""" },
        { "name", """{"name":"..","dataset_name":"d","training_yaml_name":"c"}""" },
        { "name", """{"name":"a b","dataset_name":"d","training_yaml_name":"c"}""" },
        { "name", """{"name":"a\nb","dataset_name":"d","training_yaml_name":"c"}""" },
        { "name", """{"name":"微调","dataset_name":"d","training_yaml_name":"c"}""" },
        { "name", $$"""{"name":"{{new string('a', 129)}}","dataset_name":"d","training_yaml_name":"c"}""" },
        { "name", """{"name":7,"dataset_name":"d","training_yaml_name":"c"}""" },
        { "dataset_name", """{"name":"a","dataset_name":"../../etc/passwd","training_yaml_name":"c"}""" },
        { "dataset_name", """{"name":"a","dataset_name":"/etc/passwd","training_yaml_name":"c"}""" },
        { "dataset_name", """{"name":"a","dataset_name":"a\u0000b","training_yaml_name":"c"}""" },
        { "training_yaml_name", """{"name":"a","dataset_name":"d","training_yaml_name":"x\\..\\y"}""" },
        { "description", """{"name":"a","dataset_name":"d","training_yaml_name":"c","description":"\u0000"}""" },
        { "owner", """{"name":"a","dataset_name":"d","training_yaml_name":"c","owner":["x"]}""" },
        { "tags", """{"name":"a","dataset_name":"d","training_yaml_name":"c","tags":"x"}""" },
        { "tags", """{"name":"a","dataset_name":"d","training_yaml_name":"c","tags":["ok"," "]}""" },
    };

    [Theory]
    [InlineData("demo-project")]
    [InlineData("_.-")]
    [InlineData("...")]
    public async Task A_project_is_found_by_its_name_and_by_its_id(string name)
    {
        await using var server = await RunningServer.StartAsync();
        using var made = await server.Http.PostAsync("/projects", JsonContent.Create(new
        {
            name,
            description = "微调示例",
            owner = "alice",
            tags = new[] { "demo", " demo ", "b" },
            dataset_name = "datasets/sample.jsonl",
            training_yaml_name = "configs/train.yaml",
        }), Token);

        var project = await TrainingServer.ReadAsync<ProjectDetail>(made);
        var byName = await GetAsync<ProjectDetail>(server, $"/projects/{name}");
        var byId = await GetAsync<ProjectDetail>(server, $"/projects/{project.Id}");

        Assert.Equal((HttpStatusCode.Created, $"/projects/{project.Id}"), (made.StatusCode, made.Headers.Location?.ToString()));
        Assert.Equal((name, "微调示例", "alice", "active", 0L), (project.Name, project.Description, project.Owner, project.Status, project.RunsCount));
        Assert.Equal(["demo", "b"], project.Tags);
        Assert.Equivalent(project, byName, strict: true);
        Assert.Equivalent(project, byId, strict: true);
    }

    [Theory, MemberData(nameof(Wrong))]
    public async Task A_body_that_is_wrong_is_refused_with_the_place(string field, string body)
    {
        await using var server = await RunningServer.StartAsync();

        using var answer = await server.Http.PostAsync("/projects", new StringContent(body, Encoding.UTF8, "application/json"), Token);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains($"\"{field}\"", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/projects/nobody")]
    [InlineData("PATCH", "/projects/nobody")]
    [InlineData("POST", "/projects/nobody/archive")]
    [InlineData("DELETE", "/projects/nobody")]
    [InlineData("GET", "/projects/nobody/runs")]
    [InlineData("POST", "/projects/nobody/runs")]
    [InlineData("GET", "/projects/..%2f..%2fetc")]
    [InlineData("GET", "/runs?project=nobody")]
    public async Task What_is_not_there_is_not_found(string method, string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = method is "GET" ? null : JsonContent.Create(new { }) };

        using var answer = await server.Http.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("\"detail\":\"There is no project", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(DatabaseSite.Each), MemberType = typeof(DatabaseSite))]
    public async Task Of_those_who_want_a_name_at_once_one_gets_it(string system)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var server = await RunningServer.StartAsync(args: [.. site.Choice.Select(setting => $"--{setting.Name}={setting.Value}")]);

        var making = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => StatusAsync(server, HttpMethod.Post, "/projects", Body("wanted"))));
        var others = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => StatusAsync(server, HttpMethod.Post, "/projects", Body($"p{number}"))));
        var renaming = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => StatusAsync(server, HttpMethod.Patch, $"/projects/p{number}", new { name = "other" })));
        var all = await GetAsync<List<ProjectDetail>>(server, "/projects");

        Assert.Equal((1, 7), (making.Count(status => status == 201), making.Count(status => status == 409)));
        Assert.Equal((1, 7), (renaming.Count(status => status == 200), renaming.Count(status => status == 409)));
        Assert.All(others, status => Assert.Equal(201, status));
        Assert.Equal(9, all.Count);
    }

    [Fact]
    public async Task Changes_at_the_same_time_do_not_undo_one_another()
    {
        await using var server = await RunningServer.StartAsync();
        await StatusAsync(server, HttpMethod.Post, "/projects", Body("demo"));

        await Task.WhenAll(
            StatusAsync(server, HttpMethod.Patch, "/projects/demo", new { owner = "alice" }),
            StatusAsync(server, HttpMethod.Patch, "/projects/demo", new { description = "new" }),
            StatusAsync(server, HttpMethod.Patch, "/projects/demo", new { tags = new[] { "a" } }),
            StatusAsync(server, HttpMethod.Post, "/projects/demo/archive", null));
        var project = await GetAsync<ProjectDetail>(server, "/projects/demo");

        Assert.Equal(("alice", "new", "a", "archived"), (project.Owner, project.Description, Assert.Single(project.Tags), project.Status));
    }

    [Fact]
    public async Task A_list_is_filtered_and_says_how_many_there_are_in_all()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var (name, owner) in new[] { ("a", "alice"), ("b", "bob"), ("c", "alice") })
        {
            await StatusAsync(server, HttpMethod.Post, "/projects", new { name, owner, tags = new[] { name }, dataset_name = "d", training_yaml_name = "c" });
        }
        await StatusAsync(server, HttpMethod.Post, "/projects/a/archive", null);

        using var page = await server.Http.GetAsync("/projects?limit=1&offset=1", Token);
        var wrong = await Task.WhenAll(new[] { "limit=0", "limit=1001", "offset=-1", "limit=x" }
            .Select(query => StatusAsync(server, HttpMethod.Get, $"/projects?{query}", null)));

        Assert.Equal("3", page.Headers.GetValues("X-Total-Count").Single());
        Assert.Equal(["b"], Names(await page.Content.ReadFromJsonAsync<List<ProjectDetail>>(TestJson.Wire, Token)));
        Assert.Equal(["c", "a"], Names(await GetAsync<List<ProjectDetail>>(server, "/projects?owner=alice")));
        Assert.Equal(["c"], Names(await GetAsync<List<ProjectDetail>>(server, "/projects?owner=alice&status=active")));
        Assert.Equal(["b"], Names(await GetAsync<List<ProjectDetail>>(server, "/projects?tag=b")));
        Assert.All(wrong, status => Assert.Equal(422, status));
        Assert.Equal(400, await StatusAsync(server, HttpMethod.Get, "/projects?status=open", null));
    }

    [Fact]
    public async Task An_archived_project_keeps_what_it_has_and_takes_no_new_runs()
    {
        await using var server = await TrainingServer.StartAsync("true");
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        var archived = await server.SendAsync(HttpMethod.Post, "/projects/demo/archive");
        var refused = await server.SendAsync(HttpMethod.Post, "/projects/demo/runs");

        Assert.Equal((200, 409), (archived.Status, refused.Status));
        Assert.Equal(RunStatuses.Succeeded, (await server.GetAsync(run.Id)).Status);
    }

    [Fact]
    public async Task A_project_with_an_active_run_stays_with_all_that_it_has()
    {
        await using var server = await TrainingServer.StartAsync("""[ "$WAIT" = 1 ] || exit 0; while [ ! -f open ]; do sleep 0.05; done""");
        var ended = await server.EndOfAsync((await server.StartRunAsync()).Id);
        var active = await server.StartRunAsync(new { env = new { WAIT = "1" } });

        var refused = await server.SendAsync(HttpMethod.Delete, "/projects/demo");
        var kept = await server.GetAsync(ended.Id);
        server.Open("open");
        await server.EndOfAsync(active.Id);
        var removed = await server.SendAsync(HttpMethod.Delete, "/projects/demo");

        Assert.Equal(409, refused.Status);
        Assert.Contains(active.Id, refused.Text, StringComparison.Ordinal);
        Assert.Equal(RunStatuses.Succeeded, kept.Status);
        Assert.Equal(204, removed.Status);
        Assert.False(Directory.Exists(server.Runs.Of(ended.Id)));
    }

    private static object Body(string name) => new { name, dataset_name = "d", training_yaml_name = "c" };

    private static List<string> Names(List<ProjectDetail>? projects) => projects!.ConvertAll(project => project.Name);

    private static async Task<int> StatusAsync(RunningServer server, HttpMethod method, string path, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await server.Http.SendAsync(request, Token);
        return (int)answer.StatusCode;
    }

    private static async Task<T> GetAsync<T>(RunningServer server, string path)
    {
        using var answer = await server.Http.GetAsync(path, Token);
        Assert.True((int)answer.StatusCode < 500, server.Log.Text);
        return await TrainingServer.ReadAsync<T>(answer);
    }
}
