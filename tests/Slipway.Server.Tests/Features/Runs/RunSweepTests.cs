using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Features.Runs;
using Slipway.Server.Features.Runs.Supervision;

namespace Slipway.Server.Tests.Features.Runs;

public sealed class RunSweepTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Folders_of_runs_that_never_came_to_be_are_removed_when_they_are_old()
    {
        await using var server = await TrainingServer.StartAsync("true");
        var folders = server.Services.GetRequiredService<RunFolders>();
        var (old, young) = (MakePassing(folders, TimeSpan.FromHours(2)), MakePassing(folders, TimeSpan.Zero));

        await server.Services.GetRequiredService<RunSweep>().RunAsync(Token);

        Assert.False(Directory.Exists(folders.Of(old)));
        Assert.True(Directory.Exists(folders.Of(young)));
    }

    [Fact]
    public async Task Folders_of_runs_stay_whatever_a_killed_server_was_about_to_do()
    {
        await using var server = await TrainingServer.StartAsync("true");
        var folders = server.Services.GetRequiredService<RunFolders>();
        var (known, unknown) = ((await server.EndOfAsync((await server.StartRunAsync()).Id)).Id, Guid.NewGuid().ToString());
        Age(folders, known);
        Directory.CreateDirectory(folders.Of(unknown));

        await server.Services.GetRequiredService<RunSweep>().RunAsync(Token);
        var output = await server.OutputAsync(known);

        Assert.Empty(output);
        Assert.True(Directory.Exists(folders.Of(known)));
        Assert.True(Directory.Exists(folders.Of(unknown)));
        Assert.Empty(folders.Passing(DateTime.MaxValue));
    }

    [Fact]
    public async Task A_removed_run_leaves_no_folder()
    {
        await using var server = await TrainingServer.StartAsync("true");
        var folders = server.Services.GetRequiredService<RunFolders>();
        var run = await server.EndOfAsync((await server.StartRunAsync()).Id);

        using var removed = await server.Http.DeleteAsync($"/runs/{run.Id}", Token);

        Assert.Equal(HttpStatusCode.NoContent, removed.StatusCode);
        Assert.Empty(Directory.GetDirectories(folders.Root));
    }

    private static string MakePassing(RunFolders folders, TimeSpan age)
    {
        var id = Guid.NewGuid().ToString();
        Directory.CreateDirectory(folders.InputOf(id));
        folders.BeginPassing(id);
        if (age > TimeSpan.Zero)
        {
            Age(folders, id);
        }
        return id;
    }

    private static void Age(RunFolders folders, string id)
    {
        folders.BeginPassing(id);
        File.SetLastWriteTimeUtc(Path.Combine(folders.Of(id), "passing"), TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2));
    }
}
