using System.Text.RegularExpressions;

namespace Slipway.Server.Tests.House;

public sealed partial class RuleTests
{
    private const int LongestFile = 400;

    /// <summary>Which slice may use which other one. Adding a line is a matter for review.</summary>
    private static readonly HashSet<(string User, string Used)> AllowedEdges =
    [
        // A run is of a project, and made of a dataset and a configuration.
        ("Runs", "Projects"),
        ("Runs", "Datasets"),
        ("Runs", "TrainingConfigs"),
        // A deployment is a route of the gateway, and may be of what a run has made.
        ("Deployments", "Gateway"),
        ("Deployments", "Runs"),
        // What the deployer deploys to this machine is a deployment.
        ("Deployer", "Deployments"),
        // An endpoint that it deployed elsewhere is a route of the gateway.
        ("Deployer", "Gateway"),
    ];

    private static readonly Dictionary<string, string[]> AllowedReferences = new()
    {
        ["Slipway"] = ["Slipway.Engine", "Slipway.Client", "Slipway.Server"],
        ["Slipway.Server"] = ["Slipway.Engine", "Slipway.Client"],
        ["Slipway.Engine"] = [],
        ["Slipway.Client"] = [],
    };

    [Fact]
    public void No_file_is_longer_than_four_hundred_lines()
    {
        var tooLong = Sources.CSharp()
            .Where(file => !file.Path.EndsWith(".g.cs", StringComparison.Ordinal) && file.Lines.Length > LongestFile)
            .Select(file => $"{file.Path}: {file.Lines.Length}");

        Assert.Empty(tooLong);
    }

    /// <summary>The order in which the formatter puts them; it can be asked for that only together with all that the build has checked.</summary>
    [Fact]
    public void Namespaces_are_used_in_order_those_of_the_system_first()
    {
        var disordered =
            from file in Sources.CSharp()
            let names = file.Lines.Select(line => UsedNamespace().Match(line)).Where(match => match.Success).Select(match => match.Groups[1].Value)
            where !names.SequenceEqual(names
                .OrderBy(name => name.Split('.')[0] != "System")
                .ThenBy(name => name.Replace('.', ' '), StringComparer.OrdinalIgnoreCase))
            select file.Path;

        Assert.Empty(disordered);
    }

    [Fact]
    public void Every_log_event_has_an_id_of_its_own()
    {
        var sources = string.Join('\n', Sources.CSharp("src/").SelectMany(file => file.Lines));

        var ids = EventId().Matches(sources).Select(match => match.Groups[1].Value).ToList();

        Assert.Equal(LogEvent().Count(sources), ids.Count);
        Assert.Equal(ids.Distinct(), ids);
    }

    [Fact]
    public void Slices_do_not_use_one_another()
    {
        var edges =
            from file in Sources.CSharp("src/Slipway.Server/Features/")
            let user = file.Path.Split('/')[3]
            from line in file.Lines
            let used = SliceUse().Match(line)
            where used.Success && used.Groups[1].Value != user && !AllowedEdges.Contains((user, used.Groups[1].Value))
            select $"{file.Path}: {line}";

        Assert.Empty(edges);
    }

    [Fact]
    public void Only_serving_uses_the_engine()
    {
        var users = Sources.CSharp("src/Slipway.Server/")
            .Where(file => !file.Path.StartsWith("src/Slipway.Server/Serving/", StringComparison.Ordinal))
            .Where(file => file.Lines.Any(line => line.Contains("Slipway.Engine", StringComparison.Ordinal)))
            .Select(file => file.Path);

        Assert.Empty(users);
    }

    [Fact]
    public void Projects_reference_only_those_that_stand_below_them()
    {
        var projects = Sources.Projects().Where(project => project.StartsWith("src/", StringComparison.Ordinal)).ToList();

        Assert.Equal(AllowedReferences.Keys.Order(), projects.Select(Path.GetFileNameWithoutExtension).Order());
        Assert.All(projects, project =>
        {
            var references = ProjectReference().Matches(Sources.Read(project)).Select(match => match.Groups[1].Value);
            Assert.Empty(references.Except(AllowedReferences[Path.GetFileNameWithoutExtension(project)]));
        });
    }

    /// <summary>PostgreSQL gets such a list as an array, and refuses it: Platform/Database/SqlList writes it out.</summary>
    [Fact]
    public void No_list_is_left_to_the_database_driver()
    {
        var lists = Sources.CSharp("src/Slipway.Server/").SelectMany(file => file.Lines.Where(line => ListParameter().IsMatch(line)));

        Assert.Empty(lists);
    }

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Sources.Read("Slipway.slnx");

        Assert.All(Sources.Projects(), project => Assert.Contains($"\"{project}\"", solution, StringComparison.Ordinal));
    }

    /// <summary>A range, or a package that brings its own idea of another one's version, is how a stranger's code gets in overnight.</summary>
    [Fact]
    public void Every_package_has_one_exact_version()
    {
        var packages = Sources.Read("Directory.Packages.props");

        Assert.Contains("<CentralPackageTransitivePinningEnabled>true<", packages, StringComparison.Ordinal);
        Assert.All(PackageVersion().Matches(packages), match => Assert.Matches(@"^\d+(\.\d+){2,3}$", match.Groups[1].Value));
        Assert.All(Sources.Projects(), project => Assert.DoesNotMatch(@"<PackageReference [^>]*Version", Sources.Read(project)));
    }

    [GeneratedRegex(@"^using ([\w.]+);$")]
    private static partial Regex UsedNamespace();

    [GeneratedRegex(@"\w in @\w")]
    private static partial Regex ListParameter();

    [GeneratedRegex(@"<PackageVersion [^>]*Version=""([^""]*)""")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"\[LoggerMessage\b")]
    private static partial Regex LogEvent();

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?:EventId\s*=\s*)?(\d+)")]
    private static partial Regex EventId();

    [GeneratedRegex(@"Slipway\.Server\.Features\.(\w+)")]
    private static partial Regex SliceUse();

    [GeneratedRegex(@"ProjectReference Include=""[^""]*[/\\]([\w.]+)\.csproj""")]
    private static partial Regex ProjectReference();
}
