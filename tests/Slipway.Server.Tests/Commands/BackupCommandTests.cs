using System.Diagnostics;
using Dapper;
using Microsoft.Data.Sqlite;
using Slipway.Server.Platform.Auth;
using Slipway.Server.Platform.Database;
using Slipway.Server.Tests.Features.Gateway;
using Slipway.Server.Tests.Platform.Database;

namespace Slipway.Server.Tests.Commands;

public sealed class BackupCommandTests : IDisposable
{
    private readonly DataSite _site = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Copy => _site.In("copy.db");

    public void Dispose()
    {
        File.Delete(_site.In("door"));
        _site.Dispose();
    }

    [Fact]
    public async Task A_database_that_is_being_written_is_copied_whole_with_all_that_was_committed()
    {
        await using var database = ServerDatabase.Of(_site.Settings(), _site.Folder);
        await database.PrepareAsync(TimeProvider.System, Token);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var committed = 0;
        var busy = new TaskCompletionSource();
        var writing = Task.Run(async () =>
        {
            var store = new KeyStore(database);
            while (!enough.IsCancellationRequested)
            {
                await store.KeepAsync($"n{committed + 1}", new string('x', 4000), Token);
                if (++committed == 500)
                {
                    busy.SetResult();
                }
            }
        }, Token);
        await busy.Task;

        var before = committed;
        var ran = await RunAsync([], Copy);
        var after = committed;
        await enough.CancelAsync();
        await writing;

        Assert.Equal((0, ""), (ran.ExitCode, ran.Output));
        Assert.True(after > before, "Nothing was written meanwhile.");
        var count = Count(Copy, "select count(*) from settings where name like 'n%'");
        Assert.InRange(count, before, committed);
        Assert.Equal(count, Count(Copy, "select max(cast(substr(name, 2) as integer)) from settings where name like 'n%'"));
    }

    [Fact]
    public async Task A_copy_put_in_the_databases_place_serves_on()
    {
        string secret;
        await using (var server = await AccessServer.StartAsync(_site))
        {
            secret = (await server.MakeKeyAsync(new KeyTerms { Name = "alice" })).Secret;
            Assert.Equal(0, (await RunAsync([], Copy)).ExitCode);
            await server.Keys.RevokeAsync("alice", Token);
        }
        File.Delete(_site.In("slipway.db-wal"));
        File.Delete(_site.In("slipway.db-shm"));
        File.Move(Copy, _site.In("slipway.db"), overwrite: true);

        await using var restored = await AccessServer.StartAsync(_site);

        Assert.Equal(System.Net.HttpStatusCode.OK, await restored.StatusAsync(secret));
    }

    [Fact]
    public async Task A_copy_is_its_owners_alone_and_replaces_another_only_when_told_so()
    {
        await MakeDatabaseAsync();
        await File.WriteAllTextAsync(Copy, "precious", Token);

        var refused = await RunAsync([], Copy);
        var kept = await File.ReadAllTextAsync(Copy, Token);
        var forced = await RunAsync([], Copy, "--force");

        Assert.Equal((1, "precious", 0), (refused.ExitCode, kept, forced.ExitCode));
        Assert.Contains("--force", refused.Errors, StringComparison.Ordinal);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(Copy) == (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.Empty(Directory.GetFiles(_site.Path, "*.part*"));
    }

    [Theory]
    [InlineData("There is no database", "copy.db")]
    [InlineData("There is no folder", "nowhere/copy.db")]
    [InlineData("is a folder", ".")]
    [InlineData("belongs to the database itself", "slipway.db", "--force")]
    [InlineData("belongs to the database itself", "door/slipway.db", "--force")]
    [InlineData("belongs to the database itself", "slipway.db-wal", "--force")]
    public async Task What_cannot_be_done_is_said_and_leaves_nothing(string says, string file, params string[] more)
    {
        Directory.CreateSymbolicLink(_site.In("door"), _site.Path);

        var ran = await RunAsync([], [_site.In(file), .. more]);

        Assert.Equal((1, ""), (ran.ExitCode, ran.Output));
        Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_site.Path, "*.part*"));
    }

    [Fact]
    public async Task A_damaged_database_is_not_copied_as_if_it_were_whole()
    {
        await MakeDatabaseAsync();
        await using (var file = new FileStream(_site.In("slipway.db"), FileMode.Open, FileAccess.ReadWrite))
        {
            // Behind the schema's first page.
            file.Seek(4096, SeekOrigin.Begin);
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, (int)Math.Min(8192, file.Length - 4096)).ToArray(), Token);
        }

        var ran = await RunAsync([], Copy);

        Assert.Equal(1, ran.ExitCode);
        Assert.False(File.Exists(Copy));
    }

    [Theory]
    [InlineData("postgres", "pg_restore --no-owner --clean --if-exists --host=127.0.0.1 --port=$PORT --username=postgres --dbname=$NAME $FILE")]
    [InlineData("mariadb", "mariadb --no-defaults --host=127.0.0.1 --port=$PORT --user=root $NAME < $FILE")]
    public async Task A_server_of_databases_is_copied_by_its_own_program(string system, string restore)
    {
        await using var site = await DatabaseSite.MakeAsync(system);
        await using var database = await site.PrepareAsync();
        var store = new KeyStore(database);
        await store.KeepAsync("kept", "wörld 😀", Token);

        var ran = await RunAsync([("TRAINING_DB_URL", site.Url)], Copy);
        await using var other = await DatabaseSite.MakeAsync(system);
        var url = new Uri(other.Url);
        await ShellAsync(restore.Replace("$PORT", $"{url.Port}", StringComparison.Ordinal)
            .Replace("$NAME", url.AbsolutePath[1..], StringComparison.Ordinal).Replace("$FILE", Copy, StringComparison.Ordinal));

        Assert.True(ran.ExitCode == 0, ran.Errors);
        await using var restored = await other.PrepareAsync();
        Assert.Equal("wörld 😀", await new KeyStore(restored).KeepAsync("kept", "lost", Token));
    }

    [Theory]
    [InlineData("postgresql://u:s3cret@db.example/d", "PGPASSWORD=… pg_dump --format=custom --no-password --host=db.example --port=5432 --username=u --dbname=d --file=")]
    [InlineData("mysql://u:s3cret@db.example/d", "MYSQL_PWD=… mariadb-dump --no-defaults --single-transaction")]
    public async Task Where_its_program_is_missing_the_command_is_told_without_the_password(string url, string says)
    {
        var dotnet = Path.GetDirectoryName(Environment.ProcessPath);
        var ran = await RunAsync([("TRAINING_DB_URL", url), ("PATH", _site.Path + ":" + dotnet)], Copy);

        Assert.Equal(1, ran.ExitCode);
        Assert.Contains(says, ran.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", ran.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(Copy));
    }

    private async Task MakeDatabaseAsync()
    {
        await using var database = ServerDatabase.Of(_site.Settings(), _site.Folder);
        await database.PrepareAsync(TimeProvider.System, Token);
    }

    private static long Count(string file, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        return connection.ExecuteScalar<long>(sql);
    }

    private static async Task ShellAsync(string command)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", command]) { RedirectStandardError = true })!;
        var errors = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, $"{command}: {errors}");
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync((string Name, string Value)[] variables, params string[] arguments)
    {
        using var process = SlipwayProgram.Start([.. variables, ("SLIPWAY_DATA", _site.Path)], ["backup", .. arguments]);
        var errors = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, output, await errors);
    }
}
