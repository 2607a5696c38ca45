using System.ComponentModel.DataAnnotations;
using System.Net;

namespace Slipway.Server.Features.Deployments;

/// <summary>How model servers are run on this machine: <c>Deployments</c> in the configuration.</summary>
internal sealed class DeploymentOptions : IValidatableObject
{
    /// <summary>The address that model servers listen on. The gateway is their door; they themselves ask for no key.</summary>
    [Required]
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The ports that they may have, both included.</summary>
    [Range(1024, 65535)]
    public int FirstPort { get; init; } = 8200;

    [Range(1024, 65535)]
    public int LastPort { get; init; } = 8399;

    /// <summary>Where relative model paths begin. Null is the folder that the server was started in.</summary>
    public string? ModelFolder { get; init; }

    /// <summary>How often a server's health is asked.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")]
    public TimeSpan HealthEvery { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long it may take to answer.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00")]
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Misses in a row that make a server unhealthy.</summary>
    [Range(1, 100)]
    public int HealthMisses { get; init; } = 3;

    /// <summary>How long a server may load its model.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>A server that has requests and gets nowhere with them for so long hangs, whatever it says of its health: it is started again.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan HungAfter { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>
    /// A server that was well and answers neither for its health nor with its figures for so long is started again. Far longer than
    /// <see cref="HungAfter"/>: nothing tells one that is overrun from one that is frozen but time.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>The first pause but one before a server that died is started again; each further one is twice as long, up to 300 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:05:00")]
    public TimeSpan Backoff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A server that dies sooner after its start, twice with the same last words, is not started again. Longer for machines that hardly move.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "01:00:00")]
    public TimeSpan EarlyDeath { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Deaths, with no ten healthy minutes in between, after which it is not started again.</summary>
    [Range(1, 1000)]
    public int MostDeaths { get; init; } = 8;

    /// <summary>How long requests in flight may take to end when a server is to stop.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan DrainGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long its processes may take to end when they are told to.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan StopGrace { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes at which a server's log is moved to an older file, in place of the one that is there.</summary>
    [Range(4096, 1L << 50)]
    public long LogBytes { get; init; } = 64 << 20;

    /// <summary>Where a server of this machine is called, without a path.</summary>
    public string UrlOf(int port) => $"http://{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{port}";

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(Host, out _))
        {
            yield return new($"{nameof(Host)} is '{Host}'; accepted is an address of this machine, such as 127.0.0.1.", [nameof(Host)]);
        }
        if (LastPort < FirstPort)
        {
            yield return new($"{nameof(LastPort)} is {LastPort}; it must not be below {nameof(FirstPort)}, {FirstPort}.", [nameof(LastPort)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class DeploymentOptionsValidator : IValidateOptions<DeploymentOptions>;
