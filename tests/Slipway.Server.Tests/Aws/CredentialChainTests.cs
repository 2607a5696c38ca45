using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Slipway.Server.Aws;

namespace Slipway.Server.Tests.Aws;

/// <summary>
/// Every place where credentials may come from, each in a process of its own, since the SDK looks at the environment once. The process
/// reads a secret twice; borrowed keys are taken back after their first use, so that the second time needs another one.
/// </summary>
public sealed class CredentialChainTests
{
    private const string Secret = "chain";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_come_from_the_environment()
    {
        await using var standIn = await StartAsync();
        standIn.Keys["AKIDENV"] = new("AKIDENV", "env secret", "env token");

        await ReadInProcessAsync(standIn, new()
        {
            ["AWS_ACCESS_KEY_ID"] = "AKIDENV",
            ["AWS_SECRET_ACCESS_KEY"] = "env secret",
            ["AWS_SESSION_TOKEN"] = "env token",
        });

        Assert.Equal(["AKIDENV", "AKIDENV"], standIn.Calls.Select(call => call.KeyId));
    }

    [Fact]
    public async Task Keys_come_from_a_profile_file()
    {
        await using var standIn = await StartAsync();
        standIn.Keys["AKIDTEAM"] = new("AKIDTEAM", "team-secret");
        using var folder = new TemporaryFolder();
        var file = folder.Write("credentials", "[default]\naws_access_key_id=AKIDNO\naws_secret_access_key=no\n\n"
            + "[team]\naws_access_key_id=AKIDTEAM\naws_secret_access_key=team-secret\n");

        await ReadInProcessAsync(standIn, new() { ["AWS_SHARED_CREDENTIALS_FILE"] = file, ["AWS_PROFILE"] = "team" });

        Assert.Equal(["AKIDTEAM", "AKIDTEAM"], standIn.Calls.Select(call => call.KeyId));
    }

    [Fact]
    public async Task Keys_come_from_the_container_and_anew_when_they_are_taken_back()
    {
        await using var standIn = await StartAsync();
        var lender = new Lender(standIn, "AKIDCONTAINER");
        standIn.Open["GET /credentials"] = http => http.Request.Headers.Authorization == "a container's token"
            ? http.Response.WriteAsync(lender.NextJson())
            : AwsStandIn.RefuseAsync(http, 401, "Unauthorized", "{}");

        await ReadInProcessAsync(standIn, new()
        {
            ["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = standIn.Url + "/credentials",
            ["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "a container's token",
        });

        Assert.Equal(["AKIDCONTAINER1", "AKIDCONTAINER2"], standIn.Calls.Select(call => call.KeyId));
    }

    [Fact]
    public async Task Keys_come_from_STS_for_a_web_identity_and_anew_when_they_are_taken_back()
    {
        await using var standIn = await StartAsync();
        using var folder = new TemporaryFolder();
        var lender = new Lender(standIn, "AKIDWEB");
        standIn.Open["POST /"] = async http =>
        {
            var form = (string)http.Items["body"]!;
            Assert.Contains("Action=AssumeRoleWithWebIdentity", form, StringComparison.Ordinal);
            Assert.Contains("WebIdentityToken=a.web.token", form, StringComparison.Ordinal);
            http.Response.ContentType = "text/xml";
            await http.Response.WriteAsync(lender.NextXml());
        };

        await ReadInProcessAsync(standIn, new()
        {
            ["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/gateway",
            ["AWS_ROLE_SESSION_NAME"] = "slipway",
            ["AWS_WEB_IDENTITY_TOKEN_FILE"] = folder.Write("token", "a.web.token"),
            ["AWS_ENDPOINT_URL_STS"] = standIn.Url,
        });

        Assert.Equal(["AKIDWEB1", "AKIDWEB2"], standIn.Calls.Select(call => call.KeyId));
    }

    [Fact]
    public async Task Keys_come_from_the_instance_by_IMDSv2_and_anew_when_they_are_taken_back()
    {
        await using var standIn = await StartAsync();
        var lender = new Lender(standIn, "AKIDINSTANCE");
        standIn.Open["PUT /latest/api/token"] = http => http.Response.WriteAsync("a session");
        standIn.Open["GET /latest/meta-data/iam/security-credentials"] = http => InSession(http, "gateway-role");
        standIn.Open["GET /latest/meta-data/iam/security-credentials/"] = http => InSession(http, "gateway-role");
        standIn.Open["GET /latest/meta-data/iam/info"] = http => InSession(
            http, """{"Code":"Success","LastUpdated":"2026-01-01T00:00:00Z","InstanceProfileArn":"arn:aws:iam::123456789012:instance-profile/gateway-role","InstanceProfileId":"A"}""");
        standIn.Open["GET /latest/meta-data/iam/security-credentials/gateway-role"] = http => InSession(http, lender.NextJson());

        await ReadInProcessAsync(standIn, new() { ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = standIn.Url, ["AWS_EC2_METADATA_DISABLED"] = "false" });

        // The chain itself may have fetched some to see whether there are any.
        var used = standIn.Calls.Select(call => call.KeyId).ToList();
        Assert.Equal(2, used.Distinct().Count());
        Assert.All(used, key => Assert.StartsWith("AKIDINSTANCE", key, StringComparison.Ordinal));

        static Task InSession(HttpContext http, string answer) => http.Request.Headers["x-aws-ec2-metadata-token"] == "a session"
            ? http.Response.WriteAsync(answer)
            : AwsStandIn.RefuseAsync(http, 401, "Unauthorized", "");
    }

    /// <summary>What the other process does. It runs in none but that one.</summary>
    [Fact(Explicit = true)]
    public async Task Read_a_secret_twice()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddEnvironmentVariables().Build());
        services.AddSingleton(TimeProvider.System);
        services.AddAws();
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<SecretsManagerClient>();

        for (var i = 0; i < 2; i++)
        {
            Assert.Equal("found", (await client.GetSecretValueAsync(Secret, Cancellation)).Text);
        }
    }

    private static async Task<AwsStandIn> StartAsync()
    {
        var standIn = await AwsStandIn.StartAsync();
        standIn.Keys.Clear();
        standIn.Secrets[Secret] = """{"SecretString":"found","VersionId":"1"}""";
        return standIn;
    }

    private static async Task ReadInProcessAsync(AwsStandIn standIn, Dictionary<string, string> environment)
    {
        using var home = new TemporaryFolder();
        var start = new ProcessStartInfo("dotnet",
        [
            "exec", typeof(CredentialChainTests).Assembly.Location,
            "-method", $"{typeof(CredentialChainTests).FullName}.{nameof(Read_a_secret_twice)}", "-explicit", "only", "-noLogo", "-noColor",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("AWS_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }
        environment["HOME"] = home.Path;
        environment["AWS_REGION"] = AwsStandIn.Region;
        environment["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = standIn.Url;
        environment.TryAdd("AWS_EC2_METADATA_DISABLED", "true");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(Cancellation);
        var output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0 && output.Contains("Total: 1", StringComparison.Ordinal),
            string.Join('\n', standIn.Refusals) + output + await errors);
    }

    /// <summary>Lends a new key at every request; each is good for one call.</summary>
    private sealed class Lender(AwsStandIn standIn, string prefix)
    {
        private int _lent;

        public string NextJson()
        {
            var key = Next();
            return $$"""
                {"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z","AccessKeyId":"{{key.Id}}","SecretAccessKey":"{{key.Secret}}",
                "Token":"{{key.Token}}","Expiration":"{{Expiration}}","RoleArn":"arn:aws:iam::123456789012:role/gateway"}
                """;
        }

        public string NextXml()
        {
            var key = Next();
            return $"""
                <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
                <Credentials><AccessKeyId>{key.Id}</AccessKeyId><SecretAccessKey>{key.Secret}</SecretAccessKey><SessionToken>{key.Token}</SessionToken>
                <Expiration>{Expiration}</Expiration></Credentials>
                <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/gateway/slipway</Arn><AssumedRoleId>A:slipway</AssumedRoleId></AssumedRoleUser>
                </AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>
                """;
        }

        private static string Expiration => DateTimeOffset.UtcNow.AddHours(6).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

        private StandInKey Next()
        {
            var number = Interlocked.Increment(ref _lent);
            var key = new StandInKey(prefix + number, $"secret {number}", $"token {number}", LastsForOneCall: true);
            standIn.Keys[key.Id] = key;
            return key;
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("slipway-aws-").FullName;

        public string Write(string name, string text)
        {
            var file = System.IO.Path.Combine(Path, name);
            File.WriteAllText(file, text);
            return file;
        }

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
